"""Types of scikit-learn and what it stands on that a skops file may hold beside skops' own list.

skops trusts the estimators and the types of numpy. What it reports as untrusted although estimators
as they come hold it is written out here, each type looked at: making one sets attributes, or calls
a constructor that does no more; none of it evaluates, imports, opens or sends anything. Nothing is
listed by a pattern: a new type of scikit-learn is refused until somebody has looked at it.

skops lets a trusted name stand for any kind of node, so that a file could *call* a trusted function
with arguments of its own choice. Here each name is bound to the kinds of node that genuine files
have it in.
"""

_OBJECT = frozenset({"ObjectNode"})
# Made with `__new__`, without its `__init__`; then its attributes are set.
_DICT = frozenset({"DictNode"})
_FUNCTION = frozenset({"FunctionNode"})
# Only named, to be called by the estimator that holds it: never by the file.
_TREE = frozenset({"TreeNode"})
_SPARSE = frozenset({"SparseMatrixNode"})

_PLAIN_OBJECTS = (
    # Parts of estimators: Python classes that hold arrays, numbers and other estimators.
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.cluster._bisect_k_means._BisectingTree",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    # Its indices are looked at in `tree_nodes`: compiled code follows them unchecked.
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.CompoundKernel",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.DotProduct",
    "sklearn.gaussian_process.kernels.Exponentiation",
    "sklearn.gaussian_process.kernels.ExpSineSquared",
    "sklearn.gaussian_process.kernels.Matern",
    "sklearn.gaussian_process.kernels.PairwiseKernel",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.gaussian_process.kernels.RationalQuadratic",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split.GroupKFold",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.LeaveOneOut",
    "sklearn.model_selection._split.RepeatedKFold",
    "sklearn.model_selection._split.RepeatedStratifiedKFold",
    "sklearn.model_selection._split.ShuffleSplit",
    "sklearn.model_selection._split.StratifiedGroupKFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.model_selection._split.StratifiedShuffleSplit",
    "sklearn.model_selection._split.TimeSeriesSplit",
    "sklearn.multiclass._ConstantPredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
    "scipy.interpolate._bsplines.BSpline",
    # Neighbours: compiled classes; what they hold is looked at in `tree_nodes`.
    "sklearn.metrics._dist_metrics.ChebyshevDistance64",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.HaversineDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
)
_FUNCTIONS = (
    "numpy.mean",
    # The name differs between versions of scipy, where splines remember how they make arrays.
    "numpy.asarray",
    "scipy._external.array_api_compat.numpy._aliases.asarray",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    "sklearn.cluster._kmeans._kmeans_single_elkan",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._mutual_info.mutual_info_regression",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.feature_selection._univariate_selection.r_regression",
    "sklearn.metrics._classification.accuracy_score",
    "sklearn.metrics._classification.balanced_accuracy_score",
    "sklearn.metrics._classification.f1_score",
    "sklearn.metrics._classification.log_loss",
    "sklearn.metrics._classification.matthews_corrcoef",
    "sklearn.metrics._classification.precision_score",
    "sklearn.metrics._classification.recall_score",
    "sklearn.metrics._ranking.average_precision_score",
    "sklearn.metrics._ranking.roc_auc_score",
    "sklearn.metrics._regression.explained_variance_score",
    "sklearn.metrics._regression.mean_absolute_error",
    "sklearn.metrics._regression.mean_squared_error",
    "sklearn.metrics._regression.median_absolute_error",
    "sklearn.metrics._regression.r2_score",
    "sklearn.metrics._regression.root_mean_squared_error",
)
_MATRICES = (
    # Made by `scipy.sparse.load_npz`, which takes no pickles; the indices are looked at afterwards.
    "scipy.sparse._bsr.bsr_matrix",
    "scipy.sparse._coo.coo_matrix",
    "scipy.sparse._csc.csc_matrix",
    "scipy.sparse._csr.csr_matrix",
    "scipy.sparse._dia.dia_matrix",
    "scipy.sparse._bsr.bsr_array",
    "scipy.sparse._coo.coo_array",
    "scipy.sparse._csc.csc_array",
    "scipy.sparse._csr.csr_array",
    "scipy.sparse._dia.dia_array",
)

TRUSTED: dict[str, frozenset[str]] = {
    **dict.fromkeys(_PLAIN_OBJECTS, _OBJECT),
    **dict.fromkeys(_FUNCTIONS, _FUNCTION),
    **dict.fromkeys(_MATRICES, _SPARSE),
    # A dict whose keys are attributes too.
    "sklearn.utils._bunch.Bunch": _DICT,
    "collections.OrderedDict": _DICT,
    # Read off an empty array in numpy's own format.
    "numpy.dtype": frozenset({"DTypeNode"}),
    # Its nodes are looked at in `tree_nodes` before and after it is made.
    "sklearn.tree._tree.Tree": _TREE,
}
"""Full name of a type -> the kinds of node that may name it."""
