"""The machine that patrols run on: is it fit to see what others see, is everything there that a patrol needs?

Never here: what is captured, and stopping a patrol: a person judges.
Start reading at ``check.py`` (清洁性检查), its values are in ``model.py``; ``doctor.py`` is ``patrol doctor``.
"""
