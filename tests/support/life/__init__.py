"""A proposal's whole life as a game: a loop, a team and the bot act in any order, and a referee reads the history.

`world` runs promobot in this process, `trouble` disturbs it at any contact with the world, `people` is the team,
`loop` is what the learning loop and the policy say, `referee` judges what came of it, from git and the forge alone.
"""
