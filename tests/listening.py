"""Processes that hear signals, whatever those that started them do not hear."""

import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def listen():
    """For `preexec_fn`: a suite that runs behind `nohup` hands on that SIGHUP is ignored."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
