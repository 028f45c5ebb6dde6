"""The tables that officers may edit, one YAML file each; a workspace's ``tables/NAME.yaml`` goes before the one shipped here.

Never here: what is done with a table; each room declares its own rows.
Start reading at ``table.py`` (how any of them is read), then ``policy.py`` (phrases, weights, departments, goods).
"""
