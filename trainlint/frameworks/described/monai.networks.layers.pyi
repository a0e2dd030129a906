"""Names of layers in MONAI (1.x), each of them as the text that its networks take."""

class Norm:
    INSTANCE, BATCH, GROUP, LAYER, SYNCBATCH, INSTANCE_NVFUSER = (
        "INSTANCE",
        "BATCH",
        "GROUP",
        "LAYER",
        "SYNCBATCH",
        "INSTANCE_NVFUSER",
    )

class Act:
    RELU, PRELU, LEAKYRELU, ELU, SELU, CELU, GELU, RELU6 = (
        "RELU",
        "PRELU",
        "LEAKYRELU",
        "ELU",
        "SELU",
        "CELU",
        "GELU",
        "RELU6",
    )
    SIGMOID, TANH, SWISH, MEMSWISH, MISH = "SIGMOID", "TANH", "SWISH", "MEMSWISH", "MISH"
