"""From the name of a strategy to the devices and processes that train together."""

from facedebias.configuration.setting_names import setting as named
from facedebias.distribution import MIRRORED, MULTIWORKER, ONE, cluster, strategy_check
from facedebias.distribution.replication import Replication
from facedebias.errors import InputError
from facedebias.lazy import LazyModule

tf = LazyModule("tensorflow")


def start(name: str, num_replicas: int = 0) -> Replication:
    """Takes the devices of a strategy; to be called before TensorFlow computes anything.

    Args:
        name: "one"; "mirrored", all GPUs of this machine; or "multiworker", the processes that the
            environment's TF_CONFIG names.
        num_replicas: of "mirrored", how many GPUs, or parts of the processor where there is none; 0 for all
            GPUs.

    Raises:
        InputError: if the devices are not there, or TF_CONFIG is missing or wrong.
    """
    strategy_check.check(name, num_replicas)
    if name == MIRRORED:
        return Replication(tf.distribute.MirroredStrategy(_devices(num_replicas)))
    if name == MULTIWORKER:
        return _started(cluster.read())
    return Replication.one()


def _devices(num_replicas: int) -> list[str]:
    gpus = tf.config.list_physical_devices("GPU")
    if gpus and num_replicas > len(gpus):
        raise InputError(
            f"{named('replicas', num_replicas)}: this machine has {len(gpus)} GPUs. Take as many at most."
        )
    if gpus:
        return [f"/GPU:{number}" for number in range(num_replicas or len(gpus))]
    if not num_replicas:
        raise InputError(
            f"{named('strategy', MIRRORED)}: found no GPU. To share the processor's cores among replicas, "
            f"add {named('replicas', 2)}; to train on it as usual, take {named('strategy', ONE)}."
        )
    return _parts_of_processor(num_replicas)


def _parts_of_processor(count: int) -> list[str]:
    processor = tf.config.list_physical_devices("CPU")[0]
    if len(tf.config.get_logical_device_configuration(processor) or [None]) != count:
        try:
            tf.config.set_logical_device_configuration(
                processor, [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
            )
        except RuntimeError as error:
            raise InputError(
                f"{named('replicas', count)}: TensorFlow has computed already in this process, with the "
                "processor as one device. Start Python anew, and train before anything else."
            ) from error
    return [f"/CPU:{number}" for number in range(count)]


def _started(own: cluster.Cluster) -> Replication:
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise InputError(
            f"{named('strategy', MULTIWORKER)}: TensorFlow has computed already in this process. Start "
            "Python anew, and train before anything else."
        ) from error
    return Replication(strategy, own.worker, len(own.addresses))
