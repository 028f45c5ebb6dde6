"""Two old sites by hand: a forum in GBK with frames and session numbers, and a shop that is one address with ``?id=``."""
