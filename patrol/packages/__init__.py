"""Evidence that leaves the office: a folder in a ZIP that anybody can check without this program.

Never here: the words of documents (``reports``) and any change to evidence.
Start reading at ``package.py`` (what is in it), then ``gather.py`` (what belongs to a lead) and ``slices.py`` (its records).
"""
