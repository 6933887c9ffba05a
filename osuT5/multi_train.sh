#!/usr/bin/env bash
# One base model on all modes, then a fine-tune of it for each mode (spec 05 section 1.2).
set -euo pipefail

usage="usage: osuT5/multi_train.sh [--skip-base] [--dry-run] <config> <finetune_config> <run name> [key=value ...]

Trains <config> on all modes in logs/<run name>/base, then <finetune_config> from its newest checkpoint once a mode in
logs/<run name>/standard, taiko, ctb and mania. More options go to every run. The same call again goes on where it
stopped. --skip-base begins with the fine-tunes; --dry-run prints the commands. NPROC_PER_NODE=4 trains with torchrun."

skip_base=false dry_run=false
while [[ ${1:-} == -* ]]; do
    case $1 in
        --skip-base) skip_base=true ;;
        --dry-run) dry_run=true ;;
        -h | --help) echo "$usage" && exit 0 ;;
        *) echo "error: $1: no such option" >&2 && exit 2 ;;
    esac
    shift
done
if (($# < 3)); then
    echo "$usage" >&2
    exit 2
fi
config=$1 finetune_config=$2 name=$3
shift 3
overrides=("$@")
run=logs/${name// /_}
train=$(dirname "$0")/train.py

launcher=(python)
if ((${NPROC_PER_NODE:-1} > 1)); then
    launcher=(torchrun "--nproc_per_node=$NPROC_PER_NODE")
fi

# Quotes a value for Hydra, which would take spaces, brackets and equals signs for its own.
quoted() { printf "'%s'" "${1//\'/\\\'}"; }

# One run: recipe, modes, name, folder, more options.
train_one() {
    local command=("${launcher[@]}" "$train" -cn "$1" "data.gamemodes=[$2]" "logging.run_name=$(quoted "$3")"
        "hydra.run.dir=$(quoted "$4")" "${@:5}" ${overrides[@]+"${overrides[@]}"})
    if $dry_run; then
        printf '%q ' "${command[@]}" && echo
    else
        "${command[@]}"
    fi
}

$skip_base || train_one "$config" 0,1,2,3 "$name" "$run/base"

base=$(find "$run/base/checkpoints" -maxdepth 1 -name 'checkpoint_[0-9]*' 2>/dev/null | sort -V | tail -n 1) || true
if [[ -z $base ]]; then
    if ! $dry_run; then
        echo "error: $run/base/checkpoints: no checkpoint of the base run" >&2
        exit 1
    fi
    base=$run/base/checkpoints/checkpoint_0
fi

modes=(standard taiko ctb mania)
for mode in "${!modes[@]}"; do
    train_one "$finetune_config" "$mode" "$name ${modes[$mode]}" "$run/${modes[$mode]}" "pretrained_path=$(quoted "$base")"
done
