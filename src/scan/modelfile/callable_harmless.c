/* Python names that real libraries write into pickles to rebuild data: taken from what numpy, scipy, pandas, scikit-learn, joblib,
 * PyTorch, XGBoost, LightGBM, transformers and Python itself produce. Exact names: a module is never harmless as a whole, but for
 * a few that only compute.
 */
#include "scan/modelfile/callable_int.h"

const struct aisp_name_row aisp_model__harmless[] = {
	{"builtins", "set frozenset bytearray bytes complex slice range list dict tuple int float str bool object len iter enumerate zip "
	             "reversed sum min max abs round sorted any all ord chr hash id isinstance issubclass repr ascii bin hex oct pow "
	             "divmod format callable memoryview property classmethod staticmethod next print map filter getattr hasattr type "
	             "Ellipsis NotImplemented NoneType super None True False"},
	{"builtins", "BaseException Exception ArithmeticError AssertionError AttributeError BufferError EOFError ImportError IndexError "
	             "KeyError KeyboardInterrupt LookupError MemoryError NameError NotImplementedError OSError IOError OverflowError "
	             "RuntimeError StopIteration SyntaxError SystemError TypeError UnicodeDecodeError UnicodeEncodeError UnicodeError "
	             "ValueError ZeroDivisionError Warning UserWarning DeprecationWarning FutureWarning RuntimeWarning TimeoutError "
	             "FileNotFoundError PermissionError RecursionError ConnectionError"},
	{"exceptions", "*"},
	{"copyreg", "_reconstructor __newobj__ __newobj_ex__ pickle_complex"},
	{"_codecs", "encode decode"},
	{"codecs", "encode decode"},
	{"collections", "OrderedDict defaultdict deque Counter ChainMap UserDict UserList UserString namedtuple abc"},
	{"_collections", "OrderedDict defaultdict deque"},
	{"datetime", "date datetime time timedelta timezone tzinfo UTC"},
	{"_datetime", "date datetime time timedelta timezone tzinfo"},
	{"zoneinfo", "ZoneInfo"},
	{"_zoneinfo", "ZoneInfo"},
	{"pytz", "_p _UTC UTC timezone FixedOffset _FixedOffset"},
	{"dateutil.tz.tz", "tzutc tzlocal tzoffset tzfile"},
	{"dateutil.tz", "tzutc tzlocal tzoffset tzfile"},
	{"dateutil.relativedelta", "relativedelta"},
	{"decimal", "Decimal Context"},
	{"_decimal", "Decimal Context"},
	{"_pydecimal", "Decimal Context"},
	{"fractions", "Fraction"},
	{"uuid", "UUID SafeUUID"},
	{"pathlib", "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"},
	{"pathlib._local", "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"},
	{"enum", "Enum IntEnum Flag IntFlag StrEnum EnumMeta EnumType auto"},
	{"argparse", "Namespace"},
	{"optparse", "Values"},
	{"types", "SimpleNamespace MappingProxyType NoneType GenericAlias UnionType EllipsisType"},
	{"functools", "partial partialmethod cmp_to_key lru_cache wraps reduce total_ordering cached_property"},
	{"_functools", "partial reduce"},
	{"operator", "attrgetter itemgetter methodcaller add sub mul truediv floordiv mod neg pos abs and_ or_ xor not_ eq ne lt le gt ge "
	             "getitem concat contains index is_ is_not pow matmul lshift rshift inv invert truth countOf indexOf length_hint iadd"},
	{"_operator", "attrgetter itemgetter methodcaller add sub mul truediv floordiv mod neg pos abs and_ or_ xor not_ eq ne lt le gt ge "
	              "getitem concat contains index is_ is_not pow matmul lshift rshift inv invert truth"},
	{"itertools", "*"},
	{"math", "*"},
	{"cmath", "*"},
	{"numbers", "*"},
	{"statistics", "*"},
	{"fnmatch", "translate fnmatch fnmatchcase"},
	{"re", "_compile compile Pattern escape RegexFlag _flag template"},
	{"regex", "_compile compile Pattern"},
	{"regex._regex_core", "*"},
	{"_regex_core", "*"},
	{"regex._regex", "compile Pattern"},
	{"_regex", "compile Pattern"},
	{"regex.regex", "_compile compile"},
	{"random", "Random SystemRandom"},
	{"_random", "Random"},
	{"string", "Template"},
	{"struct", "Struct pack unpack calcsize"},
	{"_struct", "Struct unpack pack"},
	{"array", "array _array_reconstructor"},
	{"copy", "copy deepcopy _deepcopy_dispatch"},
	{"weakref", "WeakValueDictionary WeakKeyDictionary WeakSet ref proxy"},
	{"_weakrefset", "WeakSet"},
	{"threading", "Lock RLock Event Condition local _RLock Semaphore BoundedSemaphore"},
	{"_thread", "lock RLock allocate_lock _local"},
	{"_threading_local", "local"},
	{"queue", "Queue LifoQueue PriorityQueue SimpleQueue Empty Full"},
	{"_queue", "SimpleQueue"},
	{"io", "BytesIO StringIO"},
	{"_io", "BytesIO StringIO"},
	{"logging", "getLogger Logger RootLogger PlaceHolder Manager Formatter LogRecord PercentStyle Filter LoggerAdapter NullHandler"},
	{"abc", "ABC ABCMeta abstractmethod"},
	{"time", "struct_time"},
	{"ipaddress", "*"},
	{"inspect", "Signature Parameter _ParameterKind _empty BoundArguments"},
	{"dataclasses", "Field _MISSING_TYPE MISSING _FIELD_BASE _HAS_DEFAULT_FACTORY_CLASS InitVar asdict"},
	{"urllib.parse", "ParseResult SplitResult ParseResultBytes SplitResultBytes quote unquote urlencode urlparse quote_plus unquote_plus"},
	{"http", "HTTPStatus HTTPMethod"},
	{"http.cookies", "*"},
	{"http.cookiejar", "CookieJar Cookie DefaultCookiePolicy"},
	{"typing", "*"},
	{"typing_extensions", "*"},
	{"json", "loads dumps"},
	{"ast", "literal_eval"},
	{"textwrap", "*"},
	{"html", "*"},
	{"hashlib", "md5 sha1 sha256 sha512 blake2b new"},
	{"difflib", "SequenceMatcher"},
	{"heapq", "*"},
	{"bisect", "*"},
	{"calendar", "*"},
	{"sys", "intern float_info getrefcount getsizeof maxsize hash_info int_info"},
	{"os", "PathLike fspath stat_result terminal_size sep"},
	{"platform", "uname_result"},
	{"multiprocessing.context", "AuthenticationError TimeoutError"},
	{"concurrent.futures._base", "TimeoutError CancelledError"},
	{"asyncio.exceptions", "*"},
	{"asyncio", "TimeoutError CancelledError"},
	{"ctypes", "c_int c_long c_double c_float c_bool c_char c_size_t"},
	{"xml.etree.ElementTree", "Element ElementTree"},
	{"numpy", "ndarray dtype matrix recarray record void generic number bool_ bool int8 int16 int32 int64 int_ intc intp uint8 uint16 "
	          "uint32 uint64 uint uintc uintp float16 float32 float64 float_ float128 longdouble half single double complex64 "
	          "complex128 complex_ str_ bytes_ object_ datetime64 timedelta64 string_ unicode_ float longlong ulonglong ufunc "
	          "ushort short byte ubyte array asarray zeros ones empty nan inf frombuffer poly1d vectorize bool8 core _core ma random "
	          "finfo iinfo broadcast flatiter nditer errstate newaxis"},
	{"numpy.core.multiarray", "_reconstruct scalar dtype ndarray array correlate"},
	{"numpy._core.multiarray", "_reconstruct scalar dtype ndarray array correlate"},
	{"numpy.core._multiarray_umath", "_reconstruct scalar _ufunc_reconstruct"},
	{"numpy._core._multiarray_umath", "_reconstruct scalar _ufunc_reconstruct"},
	{"numpy.core", "_ufunc_reconstruct"},
	{"numpy._core", "_ufunc_reconstruct"},
	{"numpy.core.numeric", "_frombuffer ndarray"},
	{"numpy._core.numeric", "_frombuffer ndarray"},
	{"numpy.core.numerictypes", "*"},
	{"numpy.core._internal", "_reconstruct _convert_to_stringdtype_kwargs"},
	{"numpy._core._internal", "_reconstruct _convert_to_stringdtype_kwargs"},
	{"numpy.core.records", "recarray record fromrecords"},
	{"numpy.rec", "recarray record"},
	{"numpy.dtypes", "*"},
	{"numpy.random._pickle", "__generator_ctor __bit_generator_ctor __randomstate_ctor"},
	{"numpy.random", "__RandomState_ctor RandomState Generator"},
	{"numpy.ma.core", "_mareconstruct MaskedArray MaskedConstant mvoid"},
	{"numpy.matrixlib.defmatrix", "matrix"},
	{"numpy.polynomial.polynomial", "Polynomial"},
	{"numpy.lib.polynomial", "poly1d"},
	{"numpy.lib._polynomial_impl", "poly1d"},
	{"numpy.lib.index_tricks", "*"},
	{"pandas", "DataFrame Series Index MultiIndex RangeIndex Timestamp Timedelta Period Interval Categorical CategoricalDtype "
	           "DatetimeTZDtype NaT NA StringDtype"},
	{"pandas._libs.internals", "_unpickle_block BlockPlacement"},
	{"pandas.core.indexes.base", "_new_Index Index"},
	{"pandas.core.indexes.datetimes", "_new_DatetimeIndex DatetimeIndex"},
	{"pandas.core.indexes.period", "_new_PeriodIndex PeriodIndex"},
	{"pandas.indexes.base", "_new_Index Index"},
	{"pandas.core.internals.blocks", "new_block make_block"},
	{"pandas._libs.tslibs.timestamps", "_unpickle_timestamp Timestamp"},
	{"pandas._libs.tslibs.timedeltas", "_timedelta_unpickle Timedelta"},
	{"pandas._libs.tslibs.nattype", "_nat_unpickle NaTType"},
	{"pandas._libs.tslibs.offsets", "to_offset"},
	{"pandas._libs.missing", "NAType"},
	{"scipy.sparse", "csr_matrix csc_matrix coo_matrix bsr_matrix dia_matrix dok_matrix lil_matrix"},
	{"scipy.interpolate", "interp1d"},
	{"sklearn.utils", "Bunch"},
	{"sklearn.utils._bunch", "Bunch"},
	{"sklearn.metrics._dist_metrics", "newObj"},
	{"sklearn.neighbors._dist_metrics", "newObj"},
	{"sklearn.neighbors.dist_metrics", "newObj"},
	{"sklearn.neighbors._kd_tree", "newObj"},
	{"sklearn.neighbors._ball_tree", "newObj"},
	{"sklearn.neighbors.kd_tree", "newObj"},
	{"sklearn.neighbors.ball_tree", "newObj"},
	{"torch", "Size device dtype Tensor Generator Storage FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage "
	          "ShortStorage CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage QUInt8Storage "
	          "QInt32Storage QUInt4x2Storage UntypedStorage float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 bool half "
	          "float double long int complex64 complex128 per_tensor_affine per_channel_affine per_tensor_symmetric per_channel_symmetric "
	          "qint8 quint8 qint32 strided sparse_coo contiguous_format channels_last preserve_format float8_e4m3fn float8_e5m2 "
	          "uint16 uint32 uint64 tensor as_tensor"},
	{"torch._utils", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state "
	                 "_rebuild_parameter_v2 _rebuild_qtensor _rebuild_sparse_tensor _rebuild_sparse_csr_tensor "
	                 "_rebuild_meta_tensor_no_storage _rebuild_wrapper_subclass _rebuild_device_tensor_from_numpy "
	                 "_rebuild_device_tensor_from_cpu_tensor _rebuild_nested_tensor _rebuild_xla_tensor _set_obj_state"},
	{"torch._tensor", "_rebuild_from_type _rebuild_from_type_v2 Tensor"},
	{"torch.tensor", "_rebuild_from_type Tensor"},
	{"torch.nn.parameter", "Parameter Buffer UninitializedParameter UninitializedBuffer"},
	{"torch.serialization", "_get_layout"},
	{"torch.storage", "TypedStorage UntypedStorage _TypedStorage _UntypedStorage"},
	{"torch.cuda", "FloatStorage DoubleStorage HalfStorage LongStorage IntStorage ShortStorage CharStorage ByteStorage BoolStorage "
	               "BFloat16Storage FloatTensor HalfTensor LongTensor"},
	{"torch.jit._pickle", "build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id restore_type_tag"},
	{"torch._C", "_nn device dtype Size Generator TensorType"},
	{"torch.distributed._tensor.api", "DTensor"},
	{"torch.utils.hooks", "RemovableHandle unserializable_hook BackwardHook"},
	{"torch.autograd.forward_ad", "UnpackedDualTensor"},
	{"torch.nn.functional", "*"},
	{"torch.nn.init", "*"},
	{"torch.fx.node", "map_arg"},
	{"torch.fx", "Graph Node"},
	{"transformers.modeling_outputs", "*"},
	{"omegaconf", "DictConfig ListConfig"},
	{"xgboost.core", "Booster"},
	{"catboost", "CatBoost CatBoostClassifier CatBoostRegressor"},
	{"copy_reg", "_reconstructor __newobj__ __newobj_ex__"},
	{"cloudpickle.cloudpickle", "_make_empty_cell"},
	{"attr", "NOTHING Factory Attribute"},
	{"attr._make", "NOTHING _Nothing Factory Attribute _CountingAttr"},
	{"networkx.classes.graph", "*"},
	{"spacy.vocab", "unpickle_vocab"},
	{"spacy.tokens.doc", "unpickle_doc"},
	{"fastcore.foundation", "L"},
	{"tensorflow.python.framework.dtypes", "as_dtype DType"},
	{"tensorflow.python.trackable.data_structures", "*"},
	{"tensorflow.python.framework.tensor_shape", "TensorShape Dimension"},
	{"tensorflow.python.framework.ops", "convert_to_tensor EagerTensor"},
	{NULL, NULL},
};
const struct aisp_name_row aisp_model__loaders[] = {
	{"pickle", "loads _loads"},
	{"_pickle", "loads"},
	{"cPickle", "loads"},
	{"pickle5", "loads"},
	{"cloudpickle", "loads"},
	{"cloudpickle.cloudpickle", "loads"},
	{"dill", "loads"},
	{"dill._dill", "loads"},
	{"torch.storage", "_load_from_bytes"},
	{"keras.saving.pickle_utils", "deserialize_model_from_bytecode"},
	{"keras.src.saving.pickle_utils", "deserialize_model_from_bytecode"},
	{"keras.src.saving.legacy.saved_model.load", "load"},
	{"keras.src.saving.keras_saveable", "KerasSaveable._unpickle_model"},
	{"keras.src.saving", "KerasSaveable"},
	{"numpy.core.multiarray", "_load_from_bytes"},
	{NULL, NULL},
};
const struct aisp_name_row aisp_model__codecs[] = {
	{"base64", "*"},
	{"binascii", "*"},
	{"zlib", "*"},
	{"gzip", "decompress compress"},
	{"bz2", "decompress compress"},
	{"lzma", "decompress compress"},
	{"quopri", "decodestring"},
	{"codecs", "getdecoder getencoder lookup"},
	{"_codecs", "lookup latin_1_decode utf_8_decode escape_decode unicode_escape_decode utf_7_decode"},
	{"lz4.frame", "decompress"},
	{"zstandard", "decompress"},
	{NULL, NULL},
};
const struct aisp_name_row aisp_model__code_makers[] = {
	{"types.builtin", "*"}, /* by way of cloudpickle and dill */
	{"new", "code function"},
	{"dill._dill", "_create_code _create_function _create_type _load_type _get_attr _import_module _eval_repr _create_cell _shims "
	               "_setattr _create_array _create_dtypemeta _create_namedtuple _create_ftype _create_typemap _unmarshal _create_weakref"},
	{"dill.dill", "_create_code _create_function _create_type _load_type _get_attr _import_module _eval_repr _create_cell _unmarshal"},
	{"cloudpickle.cloudpickle", "_make_function _make_skel_func _make_skeleton_class _make_skeleton_enum _builtin_type _make_cell subimport "
	                            "_fill_function _make_skel_class dynamic_subimport _make_typevar _make_dict_keys _make_dict_values "
	                            "_make_dict_items _lookup_class_or_track _rehydrate_skeleton_class _class_setstate _function_setstate "
	                            "_gen_ellipsis _gen_not_implemented _cell_set _restore_attr"},
	{"cloudpickle.cloudpickle_fast", "_make_function _class_setstate _function_setstate _code_reduce"},
	{"joblib.externals.cloudpickle.cloudpickle", "_make_function _make_skeleton_class _builtin_type _make_cell subimport _class_setstate "
	                                             "_function_setstate _make_empty_cell _make_dict_keys dynamic_subimport"},
	{"torch.fx.graph_module", "reduce_graph_module reduce_package_graph_module reduce_deploy_graph_module _deserialize_graph_module "
	                          "_forward_from_src _exec_with_source"},
	{"torch.fx._lazy_graph_module", "*"},
	{NULL, NULL},
};
const char *const aisp_model__standard_modules =
	" __future__ _abc _aix_support _ast _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _collections _collections_abc _compat_pickle "
	"_compression _contextvars _crypt _csv _ctypes _curses _datetime _dbm _decimal _elementtree _frozen_importlib "
	"_frozen_importlib_external _functools _gdbm _hashlib _heapq _imp _io _json _locale _lsprof _lzma _markupbase _md5 _msi "
	"_multibytecodec _multiprocessing _opcode _operator _osx_support _overlapped _pickle _posixshmem _posixsubprocess _py_abc _pydecimal "
	"_pyio _queue _random _scproxy _sha1 _sha256 _sha3 _sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics "
	"_string _strptime _struct _symtable _thread _threading_local _tkinter _tokenize _tracemalloc _typing _uuid _warnings _weakref "
	"_weakrefset _winapi _zoneinfo _interpreters _interpchannels _interpqueues _suggestions _sysconfig _android_support _apple_support "
	"_colorize _ios_support _opcode_metadata _pydatetime _pylong _pyrepl _testcapi _testinternalcapi _xxsubinterpreters _xxtestfuzz "
	"_testclinic _testbuffer _testmultiphase _testimportmultiple abc aifc annotationlib antigravity "
	"argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2 cProfile calendar cgi cgitb "
	"chunk cmath cmd code codecs codeop collections colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg "
	"crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno "
	"faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib "
	"grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 "
	"linecache locale logging lzma macpath mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc "
	"nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev parser pathlib pdb pickle pickletools pipes pkgutil "
	"platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri "
	"random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib "
	"sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess "
	"sunau symbol symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test textwrap this threading time timeit tkinter "
	"token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv "
	"warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo ";
const char *const aisp_model__known_libraries =
	" numpy scipy pandas sklearn torch torchvision torchaudio torchtext torchmetrics xgboost lightgbm catboost _catboost transformers "
	"datasets tokenizers ultralytics keras tensorflow tensorflow_probability tf_keras tensorflow_addons fastai fastcore stable_baselines3 sb3_contrib gym gymnasium omegaconf "
	"statsmodels patsy spacy thinc srsly spacy_transformers gensim nltk joblib imblearn category_encoders prophet fbprophet pytorch_lightning lightning "
	"lightning_fabric lightning_utilities monai timm detectron2 fvcore mmcv mmengine mmdet sentence_transformers diffusers accelerate peft trl flair "
	"allennlp jax jaxlib flax optax haiku pyarrow polars networkx sympy mpmath PIL cv2 shap lime optuna hyperopt skopt umap hdbscan pynndescent "
	"faiss annoy implicit lightfm surprise pmdarima sktime tslearn tsfresh river mlxtend yellowbrick feature_engine tpot autogluon pycaret "
	"h2o interpret econml dowhy causalml ngboost pytorch_tabnet pytorch_forecasting gluonts mxnet paddle chainer theano lasagne nolearn "
	"skorch dgl torch_geometric torch_sparse ogb rdkit deepchem ase pymatgen openmm mdtraj onnx onnxruntime onnxconverter_common skl2onnx "
	"sklearn_crfsuite pycrfsuite sklearn2pmml snorkel fairseq espnet speechbrain pyannote whisper nemo nemo_toolkit megatron deepspeed bitsandbytes "
	"apex xformers einops kornia albumentations imgaug skimage pywt librosa soundfile numba matplotlib ray dask distributed mlflow wandb tables dask_ml cuml cudf cupy rmm vowpalwabbit "
	"lifelines sksurv pyod combo alibi alibi_detect evidently featuretools woodwork sdv ctgan copulas rdt kmodes minisom hmmlearn "
	"filterpy pomegranate pgmpy GPy GPflow gpytorch botorch ax pyro numpyro pymc pymc3 arviz emcee astropy photutils healpy mne nilearn nibabel "
	"dipy pydicom geopandas shapely pyproj rasterio xarray zarr attrs easydict addict yacs munch box ml_collections tqdm safetensors quanto optimum auto_gptq awq langchain "
	"langchain_core langchain_community llama_index llama_index_core rank_bm25 bm25s setfit bertopic keybert tokenizers sentencepiece tiktoken evaluate sacrebleu "
	"open_clip clip segment_anything pytorch3d trimesh open3d tianshou rllib torchrl d4rl dm_env mujoco d3rlpy cleanrl pettingzoo cloudpickle dill textblob pattern "
	"textdistance fuzzywuzzy rapidfuzz jellyfish bpe subword_nmt fasttext glove stanza stanfordnlp simpletransformers farm haystack ktrain autokeras keras_tuner kerastuner "
	"feature_selection mrmr boruta sklearn_pandas dirty_cat skrub formulaic linearmodels arch neuralprophet darts orbit kats merlion greykite nixtla statsforecast mlforecast "
	"neuralforecast hierarchicalforecast utilsforecast coreforecast window_ops imodels pyGAM pygam gplearn deap nevergrad cma bayes_opt smac ConfigSpace ";
const struct aisp_name_row aisp_model__moved_modules[] = {
	{"__builtin__", "builtins"}, {"__builtins__", "builtins"}, {"copy_reg", "copyreg"}, {"Queue", "queue"}, {"SocketServer", "socketserver"},
	{"ConfigParser", "configparser"}, {"repr", "reprlib"}, {"_winreg", "winreg"}, {"thread", "_thread"}, {"dummy_thread", "_thread"},
	{"dbhash", "dbm"}, {"dumbdbm", "dbm"}, {"gdbm", "dbm"}, {"anydbm", "dbm"}, {"whichdb", "dbm"}, {"xmlrpclib", "xmlrpc.client"},
	{"SimpleXMLRPCServer", "xmlrpc.server"}, {"DocXMLRPCServer", "xmlrpc.server"}, {"httplib", "http.client"}, {"Cookie", "http.cookies"},
	{"cookielib", "http.cookiejar"}, {"BaseHTTPServer", "http.server"}, {"SimpleHTTPServer", "http.server"}, {"CGIHTTPServer", "http.server"},
	{"test.test_support", "test.support"}, {"commands", "subprocess"}, {"urlparse", "urllib.parse"}, {"robotparser", "urllib.robotparser"},
	{"urllib2", "urllib.request"}, {"_abcoll", "collections.abc"}, {"cPickle", "pickle"}, {"_elementtree", "xml.etree.ElementTree"},
	{"UserDict", "collections"}, {"UserList", "collections"}, {"UserString", "collections"}, {"StringIO", "io"}, {"cStringIO", "io"},
	{"Tkinter", "tkinter"}, {"exceptions", "builtins"}, {"HTMLParser", "html.parser"}, {"numpy.core._multiarray_umath", "numpy._core.multiarray"},
	{NULL, NULL},
};
const struct aisp_moved_row aisp_model__moved_names[] = {
	{"__builtin__", "xrange", "builtins", "range"}, {"__builtin__", "reduce", "functools", "reduce"},
	{"__builtin__", "intern", "sys", "intern"}, {"__builtin__", "unichr", "builtins", "chr"}, {"__builtin__", "unicode", "builtins", "str"},
	{"__builtin__", "long", "builtins", "int"}, {"__builtin__", "basestring", "builtins", "str"}, {"itertools", "izip", "builtins", "zip"},
	{"itertools", "imap", "builtins", "map"}, {"itertools", "ifilter", "builtins", "filter"}, {"urllib", "quote_plus", "urllib.parse", "quote_plus"},
	{"urllib", "quote", "urllib.parse", "quote"}, {"urllib", "unquote_plus", "urllib.parse", "unquote_plus"},
	{"urllib", "unquote", "urllib.parse", "unquote"}, {"urllib", "urlencode", "urllib.parse", "urlencode"},
	{"urllib", "urlopen", "urllib.request", "urlopen"}, {"urllib", "urlretrieve", "urllib.request", "urlretrieve"},
	{"builtins", "xrange", "builtins", "range"}, {"builtins", "unicode", "builtins", "str"}, {"builtins", "long", "builtins", "int"},
	{NULL, NULL, NULL, NULL},
};
