"""Maps and executors of deployed Syrup policies, over libsyrup.

    import syrup
    doing = syrup.Map("rocksdb/doing")
    doing[3] = 2
    print(doing[3])

Keys and values are numbers where the map's are of 1, 2, 4 or 8 bytes, and bytes otherwise.
The library is found as libsyrup.so, or where SYRUP_LIBRARY says.
"""

import ctypes
import os

_lib = ctypes.CDLL(os.environ.get("SYRUP_LIBRARY", "libsyrup.so"), use_errno=True)
_lib.syr_last_error.restype = ctypes.c_char_p
_lib.syr_map_open.argtypes = [ctypes.c_char_p]
_lib.syr_map_open_checked.argtypes = [ctypes.c_char_p, ctypes.c_uint64]
_lib.syr_map_add.argtypes = [ctypes.c_int, ctypes.c_uint32, ctypes.c_uint64]
_lib.syr_executor_add.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
_lib.syr_executor_remove.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
for _name in ("lookup", "update"):
    getattr(_lib, f"syr_map_{_name}_elem").argtypes = [
        ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p]
_lib.syr_map_delete_elem.argtypes = [ctypes.c_int, ctypes.c_char_p]


class Error(OSError):
    """A failed call: errno, and one sentence."""


def _check(result):
    if result < 0:
        raise Error(ctypes.get_errno(), _lib.syr_last_error().decode())
    return result


class Map:
    """An open map, used like a dictionary."""

    def __init__(self, path, layout_hash=None):
        if layout_hash is None:
            self.fd = _check(_lib.syr_map_open(path.encode()))
        else:
            self.fd = _check(_lib.syr_map_open_checked(path.encode(), layout_hash))
        self.key_bytes = _check(_lib.syr_map_key_bytes(self.fd))
        self.value_bytes = _check(_lib.syr_map_value_bytes(self.fd))

    def close(self):
        """Closes the map; it cannot be used after."""
        if self.fd >= 0:
            _check(_lib.syr_map_close(self.fd))
            self.fd = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _bytes(self, value, size):
        if isinstance(value, int):
            return value.to_bytes(size, "little")
        if len(value) != size:
            raise ValueError(f"{len(value)} bytes where the map keeps {size}")
        return bytes(value)

    def __getitem__(self, key):
        room = ctypes.create_string_buffer(self.value_bytes)
        key = self._bytes(key, self.key_bytes)
        if _lib.syr_map_lookup_elem(self.fd, key, room) < 0:
            if ctypes.get_errno() == 2:
                raise KeyError(key)
            _check(-1)
        if self.value_bytes in (1, 2, 4, 8):
            return int.from_bytes(room.raw, "little")
        return room.raw

    def __setitem__(self, key, value):
        _check(_lib.syr_map_update_elem(
            self.fd, self._bytes(key, self.key_bytes), self._bytes(value, self.value_bytes)))

    def __delitem__(self, key):
        key = self._bytes(key, self.key_bytes)
        if _lib.syr_map_delete_elem(self.fd, key) < 0:
            if ctypes.get_errno() == 2:
                raise KeyError(key)
            _check(-1)

    def get(self, key, default=None):
        """The value under a key, or the default."""
        try:
            return self[key]
        except KeyError:
            return default

    def add(self, index, number):
        """Adds to a number of an array, in one step."""
        _check(_lib.syr_map_add(self.fd, index, number))


def add_executor(deployment, name, socket):
    """Adds a bound socket to an executor set; gives its slot."""
    return _check(_lib.syr_executor_add(deployment.encode(), name.encode(), socket.fileno()))


def remove_executor(deployment, name, socket):
    """Takes a socket out of an executor set."""
    _check(_lib.syr_executor_remove(deployment.encode(), name.encode(), socket.fileno()))
