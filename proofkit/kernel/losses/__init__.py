"""The losses: how each kind meets the output of the net and the label, one file a kind.

Nothing outside this room asks which loss it is: a rule asks the loss its questions.
"""
