"""What a proof is about: net, loss, decay and data, with symbols or with exact numbers.

``objective`` puts them together, ``data`` has what is known of rows and outer weights, ``reach`` where
the loss is reached, ``derivation`` the derivatives of the whole by the chain rule.
"""
