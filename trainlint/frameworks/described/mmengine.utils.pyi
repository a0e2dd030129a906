"""mmengine.utils (mmcv.utils before it): small tools that networks and data sets are written with."""

from itertools import repeat

def to_ntuple(n):
    def parse(x):
        return tuple(x) if isinstance(x, (tuple, list)) else tuple(repeat(x, n))

    return parse

def to_1tuple(x):
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)

def to_2tuple(x):
    return tuple(x) if isinstance(x, (tuple, list)) else (x, x)

def to_3tuple(x):
    return tuple(x) if isinstance(x, (tuple, list)) else (x, x, x)

def to_4tuple(x):
    return tuple(x) if isinstance(x, (tuple, list)) else (x, x, x, x)

def is_str(x):
    return isinstance(x, str)

def is_seq_of(seq, expected_type, seq_type=None):
    if not isinstance(seq, (list, tuple) if seq_type is None else seq_type):
        return False
    return all(isinstance(item, expected_type) for item in seq)

def is_list_of(seq, expected_type):
    return is_seq_of(seq, expected_type, list)

def is_tuple_of(seq, expected_type):
    return is_seq_of(seq, expected_type, tuple)

def has_method(obj, method):
    return hasattr(obj, method) and callable(getattr(obj, method))

def deprecated_api_warning(name_dict, cls_name=None):
    return lambda old_func: old_func

def deprecated_function(since, removed_in, instructions):
    return lambda function: function

def mkdir_or_exist(dir_name, mode=0o777):
    return None

def track_iter_progress(tasks, bar_width=50, file=None):
    return tasks

def list_cast(inputs, dst_type):
    return [dst_type(item) for item in inputs]
