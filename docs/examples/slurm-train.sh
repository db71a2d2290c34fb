#!/bin/bash
# Two machines that train together: sbatch slurm-train.sh
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --requeue
set -euo pipefail

export WORKERS=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed 's/.*/"&:2222"/' | paste -sd,)
if [ -e runs/dbvae/config.json ]; then export RESUME=--resume; fi

# shellcheck disable=SC2016  # to be expanded in each task
srun --kill-on-bad-exit=1 bash -c '
    export TF_CONFIG="{\"cluster\": {\"worker\": [$WORKERS]}, \"task\": {\"type\": \"worker\", \"index\": $SLURM_PROCID}}"
    exec facedebias train --strategy multiworker --data train.h5 --model dbvae --output runs/dbvae ${RESUME:-}
'
