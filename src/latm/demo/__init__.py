"""The demo: a shuffled stream of generated questions through the whole product, scored afterwards.

It is a surface: it knows the generators and their truth, and the product knows neither.
"""
