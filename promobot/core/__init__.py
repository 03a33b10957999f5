"""The pure floor: no clock, environment, disk, network or git. Times and ids are arguments."""
