"""Six pixels times sixteen channels at once, in LLVM's own vector instructions.

A tile of a convolution is summed up in twelve vector registers: each weight that is loaded serves
six pixels, and each input value sixteen channels; bias and PReLU are applied before anything is
written. numba does not keep such a block in registers by itself, so it is spelled out here for
numba to put in its place. LLVM turns it into AVX2, AVX-512 or NEON, whatever the machine has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils as numba_cgutils
from numba.extending import intrinsic

cgutils: Any = numba_cgutils  # numba has no types for it

PIXELS = 6  # of a tile: with two vectors of channels twelve sums, of sixteen registers
LANES = 8
CHANNELS = 2 * LANES  # of a tile

INDEX = ir.IntType(64)
SINGLE = ir.FloatType()
VECTOR = ir.VectorType(SINGLE, LANES)


def _floats(context: Any, builder: ir.IRBuilder, kind: Any, array: Any, offset: Any) -> Any:
    """Return the pointer to the float at `offset` of a numba array."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.gep(builder.bitcast(data, SINGLE.as_pointer()), [offset])


def _load_two(builder: ir.IRBuilder, pointer: Any) -> list[Any]:
    loaded = []
    for half in range(2):
        place = builder.gep(pointer, [INDEX(half * LANES)])
        loaded.append(builder.load(builder.bitcast(place, VECTOR.as_pointer())))
        loaded[-1].align = 4  # floats start anywhere
    return loaded


def _store_two(builder: ir.IRBuilder, values: list[Any], pointer: Any) -> None:
    for half, value in enumerate(values):
        place = builder.gep(pointer, [INDEX(half * LANES)])
        builder.store(value, builder.bitcast(place, VECTOR.as_pointer())).align = 4


def _tile(
    context: Any,
    source: Any,
    starts: Any,
    row_step: Any,
    weights: Any,
    weights_at: Any,
    rows: Any,
    run: Any,
    bias: Any,
    slopes: Any,
    channel: Any,
    out: Any,
    out_at: Any,
    out_step: Any,
) -> Any:
    """Compute six pixels times sixteen channels.

    The window of pixel p covers `rows` rows of `run` floats each, the first at `starts[p]` of
    `source`, the next `row_step` further. Its outputs go to `out_at + p · out_step` of `out`.
    """
    arguments = (source, starts, row_step, weights, weights_at, rows, run, bias, slopes, channel)
    signature = types.void(*arguments, out, out_at, out_step)

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> Any:
        every_lane = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        undefined = ir.Constant(VECTOR, ir.Undefined)
        multiply_add = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(VECTOR, [VECTOR] * 3), "llvm.fmuladd.v8f32"
        )
        (_, starts, row_step, _, weights_at, rows, run, _, _, channel, _, out_at, out_step) = given
        index = INDEX

        def floats(number: int, offset: Any) -> Any:
            return _floats(context, builder, signature.args[number], given[number], offset)

        pixels = [floats(0, builder.extract_value(starts, p)) for p in range(PIXELS)]
        weight = floats(3, weights_at)
        first = _load_two(builder, floats(7, channel))
        sums = [[cgutils.alloca_once_value(builder, first[v]) for v in (0, 1)] for _ in pixels]
        with cgutils.for_range(builder, rows, intp=index) as row:
            down = builder.mul(row.index, row_step)
            windows = [builder.gep(pixel, [down]) for pixel in pixels]
            passed = builder.mul(row.index, run)
            with cgutils.for_range(builder, run, intp=index) as step:
                at = builder.mul(builder.add(passed, step.index), index(CHANNELS))
                factors = _load_two(builder, builder.gep(weight, [at]))
                for window, (low, high) in zip(windows, sums, strict=True):
                    value = builder.load(builder.gep(window, [step.index]))
                    lanes = builder.insert_element(undefined, value, ir.IntType(32)(0))
                    lanes = builder.shuffle_vector(lanes, undefined, every_lane)
                    for factor, total in zip(factors, (low, high), strict=True):
                        added = [lanes, factor, builder.load(total)]
                        builder.store(builder.call(multiply_add, added), total)
        slope = _load_two(builder, floats(8, channel))
        zero = ir.Constant(VECTOR, [0.0] * LANES)
        for p, halves in enumerate(sums):
            values = []
            for total, factor in zip(halves, slope, strict=True):
                value = builder.load(total)
                negative = builder.fcmp_ordered("<", value, zero)
                values.append(builder.select(negative, builder.fmul(value, factor), value))
            to = builder.add(out_at, builder.mul(out_step, index(p)))
            _store_two(builder, values, floats(10, to))
        return context.get_dummy_value()

    return signature, generate


def _maxima(
    context: Any,
    source: Any,
    at: Any,
    rows: Any,
    row_step: Any,
    columns: Any,
    pixel_step: Any,
    out: Any,
    out_at: Any,
) -> Any:
    """Take the maxima of sixteen channels over a window of `rows` times `columns` pixels."""
    signature = types.void(source, at, rows, row_step, columns, pixel_step, out, out_at)

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> Any:
        _, at, rows, row_step, columns, pixel_step, _, out_at = given
        first = _floats(context, builder, signature.args[0], given[0], at)
        most = [cgutils.alloca_once_value(builder, v) for v in _load_two(builder, first)]
        with cgutils.for_range(builder, rows, intp=INDEX) as row:
            line = builder.gep(first, [builder.mul(row.index, row_step)])
            with cgutils.for_range(builder, columns, intp=INDEX) as column:
                pixel = builder.gep(line, [builder.mul(column.index, pixel_step)])
                for value, kept in zip(_load_two(builder, pixel), most, strict=True):
                    before = builder.load(kept)
                    larger = builder.fcmp_ordered(">", value, before)
                    builder.store(builder.select(larger, value, before), kept)
        target = _floats(context, builder, signature.args[6], given[6], out_at)
        _store_two(builder, [builder.load(kept) for kept in most], target)
        return context.get_dummy_value()

    return signature, generate


# tile(source, starts, row_step, weights, weights_at, rows, run, bias, slopes, channel, out, out_at,
#      out_step) and maxima(source, at, rows, row_step, columns, pixel_step, out, out_at).
tile: Any = intrinsic(_tile)
maxima: Any = intrinsic(_maxima)
