"""The trusted core: facts, and the rules that alone can make them."""
