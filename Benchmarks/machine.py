"""The machine that figures were taken on, in words."""

import os
import pathlib
import platform


def machine() -> str:
    """The processor as the system names it, its widest instructions, and its cores."""
    name, flags = platform.processor() or platform.machine(), []
    information = pathlib.Path("/proc/cpuinfo")
    if information.exists():
        fields = dict(
            [part.strip() for part in line.split(":", 1)]
            for line in information.read_text(encoding="utf-8").splitlines() if ":" in line
        )
        name, flags = fields.get("model name", name), fields.get("flags", "").split()
    wide = [label for flag, label in (("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_vnni", "AVX-512 VNNI"), ("amx_int8", "AMX")) if flag in flags]
    return f"{name}{f' with {wide[-1]}' if wide else ''}, {os.cpu_count()} cores"
