"""The independent checker: standard library and python-flint only, nothing of the rest of the
package.

    python -m proofkit.check CERT.json --problem my.csv --target y

``expr`` reads expressions and makes power series, ``tail`` bounds half-lines, ``cover``
replays suprema, ``rules`` holds the rules, ``document`` reads a certificate and judges
it, ``problem`` reads the reader's own data.
"""
