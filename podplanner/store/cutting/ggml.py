"""Types of a GGUF file's tensors: elements of a block, and bytes of a block.

Source: `GGMLQuantizationType` and `GGML_QUANT_SIZES` in the package gguf, version 0.19
(gguf-py/gguf/constants.py of https://github.com/ggml-org/llama.cpp).
"""

from typing import NamedTuple


class Block(NamedTuple):
    """The unit in which a type of ggml stores elements."""

    dtype: str
    """The word of safetensors for plain numbers, else `GGML:` and ggml's own."""
    elements: int
    bytes: int


BLOCKS = {
    0: Block("F32", 1, 4),
    1: Block("F16", 1, 2),
    2: Block("GGML:Q4_0", 32, 18),
    3: Block("GGML:Q4_1", 32, 20),
    6: Block("GGML:Q5_0", 32, 22),
    7: Block("GGML:Q5_1", 32, 24),
    8: Block("GGML:Q8_0", 32, 34),
    9: Block("GGML:Q8_1", 32, 40),
    10: Block("GGML:Q2_K", 256, 84),
    11: Block("GGML:Q3_K", 256, 110),
    12: Block("GGML:Q4_K", 256, 144),
    13: Block("GGML:Q5_K", 256, 176),
    14: Block("GGML:Q6_K", 256, 210),
    15: Block("GGML:Q8_K", 256, 292),
    16: Block("GGML:IQ2_XXS", 256, 66),
    17: Block("GGML:IQ2_XS", 256, 74),
    18: Block("GGML:IQ3_XXS", 256, 98),
    19: Block("GGML:IQ1_S", 256, 50),
    20: Block("GGML:IQ4_NL", 32, 18),
    21: Block("GGML:IQ3_S", 256, 110),
    22: Block("GGML:IQ2_S", 256, 82),
    23: Block("GGML:IQ4_XS", 256, 136),
    24: Block("I8", 1, 1),
    25: Block("I16", 1, 2),
    26: Block("I32", 1, 4),
    27: Block("I64", 1, 8),
    28: Block("F64", 1, 8),
    29: Block("GGML:IQ1_M", 256, 56),
    30: Block("BF16", 1, 2),
    34: Block("GGML:TQ1_0", 256, 54),
    35: Block("GGML:TQ2_0", 256, 66),
    39: Block("GGML:MXFP4", 32, 17),
    40: Block("GGML:NVFP4", 64, 36),
    41: Block("GGML:Q1_0", 128, 18),
}
"""By the number that stands for a type in the file."""
