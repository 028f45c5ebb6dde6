"""The demo town: six sites on loopback, each another real shape, with planted copies and innocent look-alikes.

Never here: anything that the product needs to run. Every text is original, written for the demo.
Start reading at ``town.py`` (what stands where), then ``server.py`` (how it is served).
"""
