"""What failures look like in a log: the table of docs/metrics.md as data, most fundamental class first.

To teach it something new, add a line, and a log under ``tests/unit/parsing/log_rules/failures``. Phrases are searched
in linear time, without regard to case, in lines that a failing step printed; they know no look-around.
"""

from dataclasses import dataclass
from typing import Final

from pipeline_etl.contracts.vocabulary import Confidence, FailureClass


@dataclass(frozen=True, slots=True)
class FailurePattern:
    """One way a failure shows.

    The confidence is also how far before the step's last error the line may stand: what is unmistakable counts
    anywhere, what programs also print when all is well counts only near the end.
    """

    failure_class: FailureClass
    name: str
    confidence: Confidence
    phrases: tuple[str, ...]
    unless: str | None = None
    """What must not be in the line."""


def _shows(
    failure_class: FailureClass, name: str, confidence: Confidence, *phrases: str, unless: str | None = None
) -> FailurePattern:
    return FailurePattern(failure_class, name, confidence, phrases, unless)


LOCAL: Final = r"127\.0\.0\.1|localhost|\[?::1\]?[:\s]|0\.0\.0\.0"
"""A refused connection to the machine itself is a test server that did not start, not the network."""

EXIT: Final = r"(?:completed|failed|exited) with (?:exit )?code "

OUTSIDE: Final = (
    _shows("runner_lost", "shutdown_signal", "high", r"^The runner has received a shutdown signal"),
    _shows("runner_lost", "lost_communication", "high", r"lost communication with the server"),
    _shows("runner_lost", "runner_disconnected", "high", r"^The hosted runner (?:encountered an error|lost)"),
    _shows("timeout", "job_timeout", "high", r"exceeded the maximum execution time of"),
    _shows("timeout", "step_timeout", "high", r"^The action '.{0,200}' has timed out after \d+ minutes"),
    _shows("timeout", "command_timeout", "medium", rf"{EXIT}124\b", r"^Command took >.{1,20}, returning 124$"),
    _shows("superseded", "higher_priority", "high", r"Canceling since a higher priority waiting request"),
    _shows("cancelled", "operation_cancelled", "high", r"^The operation was canceled\.", r"^A task was canceled\."),
    _shows("cancelled", "interrupted", "medium", r"^!+ KeyboardInterrupt !+$", r"^received SIG(?:INT|TERM)$"),
    _shows("cancelled", "terminated", "medium", rf"{EXIT}1(?:30|43)\b"),
)

MACHINE: Final = (
    _shows("oom", "heap", "high", r"JavaScript heap out of memory", r"java\.lang\.OutOfMemoryError"),
    _shows("oom", "go_runtime", "high", r"^fatal error: runtime: out of memory"),
    _shows("oom", "killed", "high", r"\bOOMKilled\b", r"Killed signal terminated program", rf"{EXIT}137\b"),
    _shows("oom", "allocation", "medium", r"^(?:E\s+)?(?:numpy\.\S*)?MemoryError\b", r"virtual memory exhausted"),
    _shows("oom", "allocation", "medium", r"\bstd::bad_alloc\b", r"Cannot allocate memory", r"\(signal: 9, SIGKILL"),
    _shows("oom", "gpu", "medium", r"OutOfMemoryError: (?:CUDA|HIP|XPU) out of memory", r"Error: CUDA out of memory"),
    _shows("oom", "killed_by_system", "low", r"^(?:.*: line \d+:\s+\d+ )?Killed(?:\s{2,}\S.*)?$"),
    _shows("disk", "no_space", "high", r"No space left on device", r"\bENOSPC\b", r"not enough space on the disk"),
    _shows("disk", "quota", "high", r"Disk quota exceeded"),
)

SERVICES: Final = (
    _shows(
        "network",
        "name_resolution",
        "medium",
        r"Could not resolve host",
        r"Temporary failure in name resolution",
        r"\bEAI_AGAIN\b",
        r"getaddrinfo ENOTFOUND",
        unless=LOCAL,
    ),
    _shows(
        "network",
        "connection",
        "medium",
        r"\bECONNRESET\b|\bETIMEDOUT\b|\bECONNREFUSED\b",
        r"Connection reset by peer|Connection timed out",
        r"Failed to connect to \S+ port|socket hang up",
        r"TLS handshake timeout|\bi/o timeout\b|Read timed out|SSL_ERROR_SYSCALL",
        unless=LOCAL,
    ),
    _shows("network", "transfer", "medium", r"RPC failed|\bearly EOF\b|error sending request for url", unless=LOCAL),
    _shows("network", "server_error", "medium", r"The requested URL returned error: 5\d\d", unless=LOCAL),
    _shows(
        "network", "server_error", "medium", r"50[234] (?:Bad Gateway|Service.{0,12} Unavailable|Gateway Time-?out)"
    ),
    _shows("network", "download", "medium", r"^Failed to download (?:archive|action) '", r"download has timed out"),
    _shows("network", "download", "medium", r"^E: Failed to fetch http", r"^error: Error while fetching .* from 'http"),
    _shows("rate_limit", "api_limit", "high", r"API rate limit exceeded", r"secondary rate limit"),
    _shows("rate_limit", "registry_limit", "medium", r"\btoomanyrequests\b", r"429 Too Many Requests", unless=LOCAL),
    _shows("rate_limit", "registry_limit", "medium", r"received unexpected HTTP status: 5\d\d", unless=LOCAL),
    _shows("auth", "token", "medium", r"Resource not accessible by integration", r"\bBad credentials\b"),
    _shows("auth", "token", "medium", r"^Credentials could not be loaded", r"could not read Username for"),
    _shows("auth", "refused", "medium", r"denied: permission_denied", r"Permission denied \(publickey"),
    _shows("auth", "refused", "medium", r"^(?:Error: )?User: \S+ is not authorized to perform:"),
    _shows("auth", "refused", "medium", r"Authentication failed for '", r"denied: requested access to the resource"),
    _shows("auth", "refused", "medium", r"unauthorized: authentication required"),
    _shows("auth", "status", "low", r"\b401 Unauthorized\b", r"\b403 Forbidden\b", unless=LOCAL),
    _shows("infra_service", "artifact_service", "high", r"Failed to (?:Create|Finalize)Artifact"),
    _shows("infra_service", "cache_service", "high", r"Cache service responded with 5"),
    _shows("infra_service", "actions_service", "medium", r"GitHub Actions.*internal error"),
    _shows("infra_service", "container", "medium", r"^(?:Error: )*pod failed to come online"),
    _shows("infra_service", "container", "medium", r"Failed to initialize container"),
)

DEPENDENCIES: Final = (
    _shows("dependency", "python_packages", "high", r"No matching distribution found", r"\bResolutionImpossible\b"),
    _shows("dependency", "python_packages", "high", r"version solving failed", r"Failed building wheel for"),
    _shows("dependency", "python_packages", "high", r"No solution found when resolving dependencies"),
    _shows("dependency", "node_packages", "high", r"npm (?:ERR!|error) code (?:ERESOLVE|ETARGET|E404|EUSAGE)"),
    _shows("dependency", "node_packages", "high", r"ERR_PNPM_(?:OUTDATED_LOCKFILE|NO_MATCHING_VERSION)"),
    _shows("dependency", "node_packages", "high", r"Your lockfile needs to be updated|The lockfile would have been"),
    _shows("dependency", "java_packages", "high", r"Could not resolve dependencies", r"Could not find artifact"),
    _shows("dependency", "java_packages", "high", r"Could not resolve all (?:files|dependencies|artifacts)"),
    _shows("dependency", "rust_packages", "high", r"no matching package named", r"failed to select a version for"),
    _shows("dependency", "go_packages", "high", r"missing go\.sum entry", r"checksum mismatch"),
    _shows("dependency", "ruby_packages", "high", r"Bundler could not find compatible versions"),
    _shows("dependency", "system_packages", "high", r"^E: Unable to locate package"),
    _shows("dependency", "lock_file", "medium", r"lock ?file .{0,80}out of (?:date|sync)", r"--frozen-lockfile"),
    _shows("dependency", "missing_image", "medium", r"manifest for \S+ not found", r": manifest unknown"),
    _shows("dependency", "missing_module", "medium", r"\bModuleNotFoundError: No module named"),
    _shows("dependency", "missing_module", "medium", r"\bImportError: .*cannot open shared object file"),
    _shows("dependency", "missing_module", "medium", r"Cannot find (?:module|package) '"),
)

SOURCE: Final = (
    _shows("compile", "typescript", "high", r"\berror TS\d+:"),
    _shows("compile", "rust", "high", r"^error\[E\d{4}\]", r"^error: could not compile `"),
    _shows(
        "compile",
        "c_family",
        "high",
        r"\.(?:cc?|cpp|cxx|cuh?|hh?|hpp|mm?|swift|scala|kt|java):\d+(?::\d+)?: (?:fatal )?error: ",
        r"\(\d+(?:,\d+)?\): (?:fatal )?error C\d{4}",
    ),
    _shows("compile", "linker", "high", r"\bundefined reference to\b", r"^ld: symbol\(s\) not found|\berror LNK\d{4}:"),
    _shows("compile", "java", "high", r"\bCOMPILATION ERROR\b", r"\bcannot find symbol$", r":compile\w+ FAILED"),
    _shows("compile", "go", "high", r"\.go:\d+:\d+: (?:undefined|syntax error|cannot use)", r"\[build failed\]"),
    _shows("compile", "python", "medium", r"^(?:E\s+)?(?:SyntaxError|IndentationError|TabError): "),
    _shows("compile", "python", "medium", r"^(?:E\s+)?ImportError: cannot import name"),
    _shows("compile", "build_step", "medium", r"^FAILED: (?:\[code=\d+\] )?\S+\.(?:o|obj|so|a|ddi|dll|exe|lib)\b"),
    _shows(
        "lint", "formatter", "high", r"^would reformat ", r"Code style issues found|files were modified by this hook"
    ),
    _shows("lint", "linter", "high", r"\d+ problems? \(\d+ errors?", r"\d+ offenses? detected", r"^>>> Lint for "),
    _shows("lint", "linter", "high", r"\bLinter failed$"),
    _shows("lint", "type_check", "medium", r"\.pyi?:\d+(?::\d+)?: error: ", r"^Found \d+ errors? in \d+ files?"),
    _shows("lint", "python_linter", "medium", r"^\S+\.pyi?:\d+:\d+: [A-Z]{1,4}\d{3,4}\b", r"^Found \d+ errors?\.$"),
    _shows("lint", "generated_files", "low", r"^Checking \S+ +\(changed\)", r"^Build left .* checkout dirty"),
)

TESTS: Final = (
    _shows("test", "pytest", "high", r"^FAILED (?:\[.{1,40}\] )?\S+::", r"^ERROR \S+::"),
    _shows("test", "pytest_section", "medium", r"^_{4,} \S+ _{4,}$", r"^=+ .*\b\d+ (?:failed|errors?)\b.*=+$"),
    _shows("test", "pytest_section", "medium", r"^\d+ (?:failed|errors?)(?:, \d+ \w+)* in [\d.]+s"),
    _shows("test", "unittest", "high", r"^(?:FAIL|ERROR): \w+ \(\S+\)", r"^FAILED CONSISTENTLY: "),
    _shows("test", "unittest", "medium", r"^FAILED \((?:failures|errors)=\d"),
    _shows("test", "junit", "high", r"Tests run: .*(?:Failures|Errors): [1-9]", r"There (?:were|are) failing tests"),
    _shows("test", "junit", "high", r"There are test failures", r"\d+ tests? completed, \d+ failed"),
    _shows("test", "go", "high", r"^\s*--- FAIL: ", r"^FAIL\t\S+"),
    _shows("test", "javascript", "high", r"^Test Suites: .*[1-9]\d* failed", r"^\s*Tests?:?\s+[1-9]\d* failed"),
    _shows("test", "javascript", "medium", r"^\s+\d+ failing$", r"^FAIL\s+\S+\.[jt]sx?\b"),
    _shows("test", "rust", "high", r"^test result: FAILED", r"^test \S+ \.\.\. FAILED$"),
    _shows("test", "rspec", "high", r"^\d+ examples?, [1-9]\d* failures?"),
    _shows("test", "dotnet", "high", r"^Failed!\s+- Failed:\s+[1-9]"),
    _shows("test", "ctest", "high", r"\d+% tests passed, [1-9]\d* tests? failed out of"),
    _shows("test", "summary", "medium", r"^\s*\S+\s+FAIL:\s"),
    _shows("test", "assertion", "medium", r"^(?:E\s+)?AssertionError\b"),
    _shows("test", "wrapper", "medium", r"^RuntimeError: \S+ \d+/\d+ failed!"),
)

REST: Final = (
    _shows("deploy", "helm", "medium", r"^Error: UPGRADE FAILED"),
    _shows("deploy", "terraform", "medium", r"^Error: (?:creating|updating|deleting) \S+ .*\bstatus code\b"),
    _shows("config", "workflow_file", "high", r"Invalid workflow file", r"Unable to resolve action"),
    _shows("config", "workflow_file", "high", r"Can't find 'action\.ya?ml'", r"Input required and not supplied"),
    _shows("config", "missing_ref", "high", r"couldn't find remote ref", r"reference is not a tree"),
    _shows("config", "merge_conflict", "high", r"^CONFLICT \(", r"^error: could not apply [0-9a-f]{7,40}\b"),
    _shows("config", "missing_artifact", "medium", r"Unable to download artifact\(s\): Artifact not found"),
    _shows("config", "missing_command", "medium", rf"{EXIT}127\b", r"^(?:\S+: line \d+: )?\S+: command not found$"),
)

FAMILIES: Final = (OUTSIDE, MACHINE, SERVICES, DEPENDENCIES, SOURCE, TESTS, REST)
PATTERNS: Final = tuple(pattern for family in FAMILIES for pattern in family)

NEEDLES: Final = (
    *("error", "fail", "exception", "could not", "cannot", "can't", "couldn't", "unable to", "not found", "no such"),
    *("shutdown signal", "lost communication", "the hosted runner", "maximum execution time", "timed out", "timeout"),
    *("with code 1", "with exit code 1", "returning 124", "higher priority", "canceled", "keyboardinterrupt"),
    *(
        "received sig",
        "out of memory",
        "killed",
        "virtual memory",
        "bad_alloc",
        "(signal: 9",
        "no space left",
        "enospc",
    ),
    *("not enough space", "quota exceeded", "eai_again", "enotfound", "econnre", "etimedout", "connection reset"),
    *("socket hang up", "early eof", "bad gateway", "unavailable", "gateway time", "rate limit", "toomanyrequests"),
    *("too many requests", "http status: 5", "not accessible by", "bad credentials", "denied", "not authorized"),
    *("unauthorized", "forbidden", "responded with 5", "no matching", "resolutionimpossible", "no solution found"),
    *("err!", "err_pnpm", "lockfile", "lock file", "missing go.sum", "checksum mismatch", "manifest unknown"),
    *("undefined", "find symbol", "would reformat", "style issues", "modified by this hook", "problem", "offense"),
    *(
        ">>> lint for",
        ".py:",
        ".pyi:",
        "checking ",
        "build left",
        "____",
        "conflict (",
        "examples, ",
        "invalid workflow file",
    ),
    *("input required", "reference is not a tree", "example, "),
)
"""In lower case: every line that one of the phrases fits holds one of these, as a test proves. To look for all of them
takes a quarter of the time that the phrases take."""

RETRYABLE: Final[frozenset[FailureClass]] = frozenset({"runner_lost", "network", "rate_limit", "infra_service"})
"""Classes in which the same code may well pass when it is run again."""

ENDS_THE_JOB: Final = frozenset(pattern.failure_class for pattern in OUTSIDE)
"""Classes of what ends a job from outside: they outrank any failed step, and need no error line to be believed."""
