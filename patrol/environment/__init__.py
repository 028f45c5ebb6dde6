"""The machine that patrols run on: is it fit to see what others see, and is everything there that a patrol needs?

Never here: what is captured. Start reading at ``check.py`` (清洁性检查) and ``doctor.py`` (``patrol doctor``).
"""
