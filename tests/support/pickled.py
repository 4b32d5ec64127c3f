"""Files with pickles, harmless and not, for tests."""

import io
import os
import pickle
import struct
import zipfile

from podplanner.store.pickles import find_globals


def calls(module, name, *arguments, protocol=2):
    """Return a pickle that imports `module.name` and calls it with texts."""
    texts = b"".join(text(argument) for argument in arguments)
    head = b"" if protocol < 2 else bytes([0x80, protocol])
    return head + f"c{module}\n{name}\n".encode() + b"(" + texts + b"tR."


def text(word):
    """Return the opcodes that push a text."""
    raw = word.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def look(content):
    """Return what is found in bytes."""
    return find_globals(lambda offset, length: content[offset : offset + length], len(content))


class Counted:
    """Bytes that count how many of them are read."""

    def __init__(self, read_at, size):
        self.read_at = read_at
        self.size = size
        self.bytes = 0
        self.reads = 0

    def look(self):
        """Return what is found."""

        def read(offset, length):
            got = self.read_at(offset, length)
            self.bytes += len(got)
            self.reads += 1
            return got

        return find_globals(read, self.size)


def zipped(members, method=zipfile.ZIP_STORED):
    """Return a zip archive of members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def torch_pickle(tensors):
    """Return the `data.pkl` of a state dict, as `torch.save` of PyTorch 2 writes it.

    Args:
        tensors: Name -> number of elements.
    """
    out = [b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01("]
    for key, (name, elements) in enumerate(tensors.items()):
        out += [
            text(name),
            b"ctorch._utils\n_rebuild_tensor_v2\n((",
            text("storage"), b"ctorch\nFloatStorage\n", text(str(key)), text("cpu"),
            b"J" + struct.pack("<i", elements) + b"tQK\x00",
            b"J" + struct.pack("<i", elements) + b"\x85K\x01\x85\x89",
            b"ccollections\nOrderedDict\n)RtR",
        ]  # fmt: skip
    return b"".join([*out, b"u."])


def torch_zip(tensors, *, extra=None):
    """Return a `.pt` file as `torch.save` of PyTorch 2 writes it."""
    members = {"model/data.pkl": torch_pickle(tensors), "model/byteorder": b"little"}
    for key, elements in enumerate(tensors.values()):
        members[f"model/data/{key}"] = os.urandom(4 * elements)
    return zipped(members | (extra or {}) | {"model/version": b"3\n"})


LEGACY_HEAD = (
    b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.",
    pickle.dumps({"protocol_version": 1001, "little_endian": True}, 2),
)
"""How `torch.save` began before PyTorch 1.6: magic number, protocol, system."""


def torch_legacy(tensors):
    """Return a `.pth` file as `torch.save` wrote it before PyTorch 1.6."""
    keys = [str(key) for key in range(len(tensors))]
    storages = b"".join(
        struct.pack("<q", elements) + os.urandom(4 * elements) for elements in tensors.values()
    )
    return b"".join((*LEGACY_HEAD, torch_pickle(tensors), pickle.dumps(keys, 2), storages))
