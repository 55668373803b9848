"""How the hot loops are compiled: by numba, once; a later process calls the machine code without loading numba.

Numba counts the references of every array it touches, with an atomic instruction each time; in loops that read many
arrays a row, that is most of the time (measured: four times as slow), and two threads fight over the counters. A
`kernel` gets all its arrays from outside and keeps none, so there is nothing to count. It must not make arrays. Its
machine code stands in each of its callers: handing over dozens of arrays, seven words each, costs more than what is
done with them (measured: a fifth of all time). An `inlined` one is copied before it is compiled, for a few lines. An
`entry` is a kernel that Python calls. A `maker` may make arrays.
"""

from inadimplencia_ml.compiled.lazy import Int, entry, inlined, kernel, maker

__all__ = ["Int", "entry", "inlined", "kernel", "maker"]
