"""Machine code made by numba once, and called by this process without it."""

from __future__ import annotations

import json
from ctypes import CFUNCTYPE, byref, c_int, c_void_p
from typing import Any

from inadimplencia_ml.compiled.flat import Flat

__all__ = ["MachineCode", "load", "machine_code", "processor"]


class MachineCode:
    """A compiled function at an address; it lives as long as this object."""

    def __init__(self, address: int, owner: Any) -> None:
        self._call = CFUNCTYPE(c_int)(address)  # releases the interpreter's lock
        self._owner = owner

    def __call__(self, flat: Flat) -> None:
        returned, raised = c_void_p(0), c_void_p(0)
        status = self._call(byref(returned), byref(raised), *flat.numbers)
        if status:
            raise AssertionError(f"compiled code ended with {status}: it must not raise")


def machine_code(dispatcher: Any, given: tuple[Any, ...]) -> bytes:
    """A line that names the function, then the object file for this processor.

    Raises
    ------
    TypeError
        The function returns something. One that makes arrays numba itself refuses (``_nrt``).
    """
    import llvmlite.binding as llvm
    from numba import typeof, types

    signature = tuple(types.int64 if isinstance(one, int) else typeof(one) for one in given)
    dispatcher.compile(signature)
    made = dispatcher.overloads[signature]
    if made.signature.return_type != types.none:
        raise TypeError(f"{made.fndesc.qualname} returns something, which an entry must not")
    module = llvm.parse_assembly(made.library.get_llvm_str())
    name = json.dumps({"function": made.fndesc.llvm_func_name})
    code: bytes = _target().emit_object(module)
    return name.encode() + b"\n" + code


def load(code: bytes) -> MachineCode | None:
    """The function of what `machine_code` made; None where it cannot be had."""
    import llvmlite.binding as llvm

    head, _, body = code.partition(b"\n")
    try:
        name = json.loads(head)["function"]
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
        engine.add_object_file(llvm.ObjectFileRef.from_data(body))
        engine.finalize_object()
        address = engine.get_function_address(name)
    except (RuntimeError, ValueError, KeyError, TypeError, OSError, AttributeError):
        return None
    return MachineCode(address, engine) if address else None


def processor() -> str:
    """What the machine code is made for."""
    import llvmlite
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features} llvmlite {llvmlite.__version__}"


def _target() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
    )
