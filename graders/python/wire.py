# SPDX-License-Identifier: Apache-2.0
#
# The wire between the answer's box and the tests' box: frames of plain data. The first part of
# driver.py and of interactor.py, which are put together from these files.
#
# A frame is a length (4 bytes, big-endian) and that many bytes of ASCII JSON. A value is null, a
# boolean, an integer up to 2^53, a finite float, a string, or an array that begins with a tag:
#
#   ["l", ...] list       ["t", ...] tuple       ["e", ...] set        ["z", ...] frozenset
#   ["d", k, v, ...] dict ["q", ...] deque       ["r", a, b, c] range  ["i", hex] integer
#   ["f", "nan"] float    ["c", re, im] complex  ["b", hex] bytes      ["B", hex] bytearray
#   ["s", hex] a string with lone surrogates     ["N", text] Decimal   ["Q", n, d] Fraction
#   ["k", ...] ["v", ...] ["p", k, v, ...] keys, values and items of a dict
#   ["x", name, args...] exception, by the name of its nearest built-in class
#   ["g", [...], end] what an iterator gave; end: null, an exception, or true (cut short)
#   ["o", type name, truth] anything else
#
# Nothing else is understood: no pickles, no code. What the answer's side sends is a claim, checked
# here in length before it is parsed and in shape before it is used. Imports are few on purpose:
# each sample starts two interpreters.
import builtins
import sys
from _collections import deque
from _json import encode_basestring_ascii, make_encoder, make_scanner
from posix import close, pipe, read, write

MAX_FRAME = 16 << 20
MAX_TOTAL = 64 << 20
MAX_DEPTH = 200
MAX_DRAIN = 100000
BIG = 1 << 53


class WireError(Exception):
    """The other side sent what this side does not understand."""


class WireEnd(Exception):
    """The other side is gone."""


class Unsendable(Exception):
    """A value that cannot travel: too large, too deep, or of a type of its own."""


class Opaque:
    """A value of a type that does not travel: equal to nothing, of no use but its truth."""

    __slots__ = ("kind", "truth")

    def __init__(self, kind, truth):
        self.kind = kind
        self.truth = truth

    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return True

    __hash__ = object.__hash__

    def __bool__(self):
        if self.truth is None:
            raise TypeError("the truth of this value cannot be told")
        return self.truth

    def __repr__(self):
        return f"<{self.kind} object>"


class Drained:
    """An iterator over what an iterator of the answer gave."""

    __slots__ = ("items", "end")

    def __init__(self, items, end):
        self.items = iter(items)
        self.end = end

    def __iter__(self):
        return self

    def __next__(self):
        for item in self.items:
            return item
        if self.end is True:
            raise WireError("more values than can be carried")
        if self.end is not None:
            raise self.end
        raise StopIteration


# ---- values to JSON ----

mro_of = type.__dict__["__mro__"].__get__
name_of = type.__dict__["__name__"].__get__
real_of = complex.__dict__["real"].__get__
imag_of = complex.__dict__["imag"].__get__


class Encoder:
    """Encodes values of one frame. An exact one refuses what it would have to reduce."""

    def __init__(self, is_exact):
        self.is_exact = is_exact
        self.room = MAX_FRAME

    def take(self, n):
        self.room -= n
        if self.room < 0:
            raise Unsendable("too large")

    def one(self, x, depth=0):
        t = type(x)
        if x is None or t is bool:
            return x
        if t is int and -BIG < x < BIG:
            return x
        if t is float and x - x == 0.0:
            return x
        if t is str and x.isascii():
            self.room -= len(x)
            if self.room < 0:
                raise Unsendable("too large")
            return x
        if depth >= MAX_DEPTH:
            raise Unsendable("too deep")
        encode = ENCODERS.get(t)
        if encode:
            return encode(self, x, depth + 1)
        return self.other(x, t, depth + 1)

    def many(self, tag, items, n, depth):
        self.take(2 * n + 6)
        out = [tag]
        one = self.one
        for x in items:
            out.append(one(x, depth))
        return out

    def pairs(self, tag, x, depth):
        self.take(4 * dict.__len__(x) + 6)
        out = [tag]
        for k, v in dict.items(x):
            out.append(self.one(k, depth))
            out.append(self.one(v, depth))
        return out

    def hex(self, tag, x):
        x = b"".join((x,))
        self.take(2 * len(x))
        return [tag, x.hex()]

    def int(self, x, depth):
        x = int.__index__(x)
        if -BIG < x < BIG:
            return x
        self.take(x.bit_length() >> 2)
        return ["i", hex(x)]

    def float(self, x, depth):
        x = float.__float__(x)
        return x if x - x == 0.0 else ["f", float.__repr__(x)]

    def str(self, x, depth):
        x = str.__str__(x)
        self.take(len(x))
        try:
            x.encode()
        except UnicodeEncodeError:
            return ["s", x.encode("utf-8", "surrogatepass").hex()]
        return x

    def drain(self, x, depth):
        items = []
        end = None
        try:
            for v in x:
                if len(items) >= MAX_DRAIN:
                    end = True
                    break
                items.append(self.one(v, depth))
                self.take(2)
        except Unsendable:
            end = True
        except Exception as e:
            end = self.exception(e, depth)
        return ["g", items, end]

    def exception(self, x, depth):
        names = vars(builtins)
        for base in mro_of(type(x)):
            if names.get(name_of(base)) is base:
                break
        out = ["x", name_of(base)]
        try:
            out += self.many("", x.args, len(x.args), depth)[1:]
        except Exception:
            del out[2:]
        return out

    def other(self, x, t, depth):
        """Types of which no row exists: rare numbers, reduced to a plain base, or opaque."""
        bases = mro_of(t)[: 1 if self.is_exact else None]
        for module, name, encode in RARE:
            if module in sys.modules and vars(sys.modules[module]).get(name) in bases:
                return encode(x)
        if self.is_exact:
            raise Unsendable(f"of type {name_of(t)}")
        for base in bases:
            if base in REDUCED:
                return ENCODERS[base](self, x, depth)
        if hasattr(t, "__next__"):
            return self.drain(x, depth)
        if issubclass(t, BaseException):
            return self.exception(x, depth)
        numpy = sys.modules.get("numpy")
        if numpy and isinstance(x, numpy.generic):
            return self.one(x.item(), depth)
        try:
            truth = bool(x)
        except Exception:
            truth = None
        return ["o", name_of(t)[:100], truth]


def encoder_of_view(tag):
    def encode(self, x, depth):
        items = list(x)
        if tag == "p":
            items = [half for pair in items for half in pair]
        return self.many(tag, items, len(items), depth)

    return encode


ENCODERS = {
    int: Encoder.int,
    float: Encoder.float,
    str: Encoder.str,
    list: lambda s, x, d: s.many("l", list.__iter__(x), list.__len__(x), d),
    tuple: lambda s, x, d: s.many("t", tuple.__iter__(x), tuple.__len__(x), d),
    set: lambda s, x, d: s.many("e", set.__iter__(x), set.__len__(x), d),
    frozenset: lambda s, x, d: s.many("z", frozenset.__iter__(x), frozenset.__len__(x), d),
    deque: lambda s, x, d: s.many("q", deque.__iter__(x), deque.__len__(x), d),
    dict: lambda s, x, d: s.pairs("d", x, d),
    bytes: lambda s, x, d: s.hex("b", x),
    bytearray: lambda s, x, d: s.hex("B", x),
    complex: lambda s, x, d: ["c", s.float(real_of(x), d), s.float(imag_of(x), d)],
    range: lambda s, x, d: ["r", s.int(x.start, d), s.int(x.stop, d), s.int(x.step, d)],
}
REDUCED = set(ENCODERS)
# Types of modules that are looked at only where something has imported them.
RARE = (
    ("decimal", "Decimal", lambda x: ["N", str(x)[:MAX_FRAME]]),
    ("fractions", "Fraction", lambda x: ["Q", ["i", hex(x.numerator)], ["i", hex(x.denominator)]]),
)
ENCODERS[type({}.keys())] = encoder_of_view("k")
ENCODERS[type({}.values())] = encoder_of_view("v")
ENCODERS[type({}.items())] = encoder_of_view("p")


# ---- JSON to values ----


def text_of(j, n=2):
    if len(j) != n or type(j[1]) is not str:
        raise WireError("a malformed value")
    return j[1]


def ints_of(j, n):
    numbers = [decode(x) for x in j[1:]]
    if len(j) != n or any(type(x) is not int for x in numbers):
        raise WireError("a malformed value")
    return numbers


def decode_dict(j, depth):
    if len(j) % 2 == 0:
        raise WireError("a malformed dict")
    values = [decode(x, depth) for x in j[1:]]
    return dict(zip(values[::2], values[1::2]))


def decode_float(j, depth):
    if text_of(j) not in ("nan", "inf", "-inf"):
        raise WireError("a malformed float")
    return float(j[1])


def decode_complex(j, depth):
    parts = [decode(x, depth) for x in j[1:]]
    if len(parts) != 2 or any(type(x) is not float for x in parts):
        raise WireError("a malformed complex")
    return complex(*parts)


def decode_decimal(j, depth):
    from decimal import Decimal

    return Decimal(text_of(j))


def decode_fraction(j, depth):
    from fractions import Fraction

    return Fraction(*ints_of(j, 3))


def decode_exception(j, depth):
    cls = vars(builtins).get(j[1] if len(j) > 1 and type(j[1]) is str else None)
    if not isinstance(cls, type) or not issubclass(cls, BaseException):
        raise WireError("a malformed exception")
    args = [decode(x, depth) for x in j[2:]]
    try:
        return cls(*args)
    except Exception:
        return Exception(*args)


def decode_iterator(j, depth):
    if len(j) != 3 or type(j[1]) is not list:
        raise WireError("a malformed iterator")
    items = [decode(x, depth) for x in j[1]]
    end = decode(j[2], depth)
    if end is not None and end is not True and not isinstance(end, Exception):
        raise WireError("a malformed iterator")
    return Drained(items, end)


def decode_opaque(j, depth):
    if len(j) != 3 or type(j[1]) is not str or not (j[2] is None or type(j[2]) is bool):
        raise WireError("a malformed object")
    return Opaque(j[1], j[2])


DECODERS = {
    "l": lambda j, d: [decode(x, d) for x in j[1:]],
    "t": lambda j, d: tuple([decode(x, d) for x in j[1:]]),
    "e": lambda j, d: {decode(x, d) for x in j[1:]},
    "z": lambda j, d: frozenset([decode(x, d) for x in j[1:]]),
    "q": lambda j, d: deque([decode(x, d) for x in j[1:]]),
    "d": decode_dict,
    "r": lambda j, d: range(*ints_of(j, 4)),
    "i": lambda j, d: int(text_of(j), 16),
    "f": decode_float,
    "c": decode_complex,
    "b": lambda j, d: bytes.fromhex(text_of(j)),
    "B": lambda j, d: bytearray.fromhex(text_of(j)),
    "s": lambda j, d: bytes.fromhex(text_of(j)).decode("utf-8", "surrogatepass"),
    "N": decode_decimal,
    "Q": decode_fraction,
    "k": lambda j, d: dict.fromkeys([decode(x, d) for x in j[1:]]).keys(),
    "v": lambda j, d: dict(enumerate([decode(x, d) for x in j[1:]])).values(),
    "p": lambda j, d: decode_dict(j, d).items(),
    "x": decode_exception,
    "g": decode_iterator,
    "o": decode_opaque,
}


def decode(j, depth=0):
    t = type(j)
    if t is int or t is str or t is float or j is None or t is bool:
        return j
    if t is not list or not j or type(j[0]) is not str or depth > MAX_DEPTH:
        raise WireError("a malformed value")
    make = DECODERS.get(j[0])
    if not make:
        raise WireError("a value of an unknown kind")
    return make(j, depth + 1)


# ---- frames ----


def refuse(text):
    raise WireError("a malformed number")


class Scan:
    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(refuse)


scan = make_scanner(Scan)
dump = make_encoder(None, refuse, encode_basestring_ascii, None, ":", ",", False, False, False)


def frame_of(message):
    text = "".join(dump(message, 0)).encode("ascii")
    if len(text) > MAX_FRAME:
        raise Unsendable("too large")
    return len(text).to_bytes(4, "big") + text


def send(fd, frame):
    n = write(fd, frame)
    while n < len(frame):
        n += write(fd, memoryview(frame)[n:])


def parse(text):
    """The message in the bytes of a frame; WireError for whatever is wrong with them."""
    try:
        text = text.decode("ascii")
        message, end = scan(text, 0)
    except (ValueError, StopIteration, RecursionError):
        raise WireError("a malformed frame") from None
    if end != len(text) or type(message) is not list:
        raise WireError("a malformed frame")
    return message


class Inbox:
    """The frames of a descriptor, read as far ahead as they have come."""

    __slots__ = ("fd", "ahead")

    def __init__(self, fd):
        self.fd = fd
        self.ahead = b""

    def fill(self, n):
        """Reads until there are n bytes; WireEnd where not one has come."""
        parts = [self.ahead]
        left = n - len(self.ahead)
        while left > 0:
            chunk = read(self.fd, min(max(left, 1 << 13), 1 << 20))
            if not chunk:
                raise WireError("a frame cut short") if any(parts) else WireEnd()
            parts.append(chunk)
            left -= len(chunk)
        self.ahead = b"".join(parts)

    def receive(self):
        """The next message, and the length of its frame."""
        if len(self.ahead) < 4:
            self.fill(4)
        n = int.from_bytes(self.ahead[:4], "big")
        if n > MAX_FRAME:
            raise WireError("a frame beyond the limit")
        if len(self.ahead) < 4 + n:
            self.fill(4 + n)
        frame = self.ahead[4 : 4 + n]
        self.ahead = self.ahead[4 + n :]
        return parse(frame), n


def rehearse_with(space, names, inputs, act):
    """
    Calls act() with pipes in place of the descriptors that `space` has under these names. From some
    it reads the bytes of `inputs`; what it writes to the others is lost.
    """
    own = {name: space[name] for name in names}
    fds = []
    for name in names:
        r, w = pipe()
        space[name] = w
        fds.append(r)
        if name in inputs:
            write(w, inputs[name])
            close(w)
            space[name] = r
        else:
            fds.append(w)
    act()
    space.update(own)
    for fd in fds:
        try:
            close(fd)
        except OSError:
            pass  # the script has done so


def take_texts(fd, *sizes):
    """The texts of a file, one after the other, as bytes."""
    texts = []
    for size in map(int, sizes):
        parts = [b""]
        while size and (chunk := read(fd, size)):
            parts.append(chunk)
            size -= len(chunk)
        texts.append(b"".join(parts))
    return texts
