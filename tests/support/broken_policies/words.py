"""What the messages say, written by hand."""

NAME = "config/promobot.toml"
GLOB = (
    "must match ^[A-Za-z0-9_.*?-]+$ (a target or a glob such as portfolio.*, without blanks; * and ? are the wildcards)"
)
SEGMENTS = (
    r"must match ^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$ "
    "(a dotted name such as risk.stop_loss, without blanks and wildcards)"
)
TAGS = "must match ^[A-Za-z0-9 ._-]+$ (letters, digits, blanks and . _ -)"
METRIC = "must match ^[A-Za-z0-9_.-]{1,64}$ (up to 64 letters, digits and . _ -)"
UNKNOWN_TAG = (
    "must be one of 'leverage', 'macro', 'risk' or 'trigger'; "
    "for targets of your own use [[bounds_for]] targets = [...]"
)
DATE = "must be a date or a time without quotes, such as 2027-01-31"
INSIDE = "must be a relative path inside the repository, such as config/live_overrides/auto.toml"
NO_ROOM = "min_value is above max_value, so no value would ever pass"
