"""What this machine's processor can do, where that decides how something is computed."""

import re
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")


def has_amx(cpu_info: Path = _CPU_INFO) -> bool:
    """Whether it multiplies matrices in tiles (Intel AMX); False where that cannot be told."""
    try:
        return bool(re.search(r"^flags\s*:.*\bamx_tile\b", cpu_info.read_text(), re.MULTILINE))
    except OSError:  # not Linux
        return False
