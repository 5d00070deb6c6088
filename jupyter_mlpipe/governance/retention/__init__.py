"""What is kept, archived and deleted.

``policy`` reads the rules, ``items`` finds what there is, ``protection`` knows what must stay, ``planning`` puts the
three together, ``carrying_out`` does it and undoes it, ``archive`` is the other tier.
"""
