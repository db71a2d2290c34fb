"""Errors of the machine rather than of the program: what is said of them, and which say nothing of a file."""

import errno

# Number of the error -> what is said of it. TensorFlow's errors have its text only.
TOLD = {
    errno.ENOSPC: "the disk is full. Free some space",
    errno.EDQUOT: "the disk quota is used up. Free some space, or have it raised",
    errno.EFBIG: "a file is larger than this process may write (ulimit -f). Have the limit raised",
    errno.EROFS: "the disk can be read only now. Have it mounted for writing",
    errno.EIO: "the disk failed to read or write. Look to it",
    errno.EACCES: "reading or writing is not allowed any more. Have it allowed",
    errno.EPERM: "reading or writing is not allowed. Have it allowed, or the file made changeable",
    errno.EMFILE: "too many files are open (ulimit -n). Have the limit raised",
    errno.ENFILE: "too many files are open on this machine. End other programs",
    errno.ESTALE: "the server has another file there now, or restarted. Mount the disk again",
    errno.ETIMEDOUT: "the server of the disk does not answer. Look to it and to the network",
    errno.ENOTCONN: "the disk is not connected any more. Mount it again",
    errno.EHOSTDOWN: "the server of the disk is down. Look to it",
    errno.EHOSTUNREACH: "the server of the disk cannot be reached. Look to the network",
    errno.ENODEV: "the disk is gone. Connect it again",
    errno.ENXIO: "the disk is gone. Connect it again",
}
if hasattr(errno, "EREMOTEIO"):  # Linux alone
    TOLD[errno.EREMOTEIO] = "the server of the disk failed to read or write. Look to it"

_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
# Another process, or this one later, would read the file.
_OF_PROCESS = {*_SHORTAGES, errno.EACCES, errno.EPERM}


def is_shortage(error: BaseException) -> bool:
    """Whether there was too little memory, or too many open files, for all that is tried next as well."""
    return isinstance(error, OSError) and error.errno in _SHORTAGES


def is_of_process(error: BaseException) -> bool:
    """Whether reading failed for what this process lacks, so that nothing is known of the file."""
    return isinstance(error, OSError) and error.errno in _OF_PROCESS
