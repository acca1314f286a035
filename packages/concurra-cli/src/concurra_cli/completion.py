"""Scripts that complete the command in a shell. Static: they hold all words, and start nobody's code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from concurra_cli.manual import PROGRAM, VERBS
from concurra_cli.options import Flag

_COMMANDS: Final = (PROGRAM, "concurra")
_FILES: Final = {
    "PATH": "files",
    "DIR": "folders",
}  # what completes a value, by what stands for it in the help

Flags = Mapping[str, Sequence[Flag]]


def script(shell: str, flags: Flags) -> str:
    """Return the script for *shell*; *flags* are those of each command, and of the program under an empty name."""
    return _SCRIPTS[shell](flags)


def _bash(flags: Flags) -> str:
    verbs = "".join(
        f"    {name})\n"
        f'        flags="{_names(flags[name])}"\n'
        f"        case $before in\n{_bash_values(flags[name])}        esac ;;\n"
        for name in VERBS
    )
    return f"""\
# Completion of {PROGRAM} for bash: source this, or keep it as
# ~/.local/share/bash-completion/completions/{PROGRAM}
_concurra_cli() {{
    local now=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb= flags= values=- place
    for ((place = 1; place < COMP_CWORD; place++)); do
        case ${{COMP_WORDS[place]}} in
        {"|".join(VERBS)}) verb=${{COMP_WORDS[place]}}; break ;;
        esac
    done
    case $verb in
{verbs}    *)
        flags="{" ".join(VERBS)} {_names(flags[""])}"
        case $before in
{_bash_values(flags[""])}        *) values=$flags ;;
        esac ;;
    esac
    COMPREPLY=()
    if [[ $values == files ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$now")
        compopt -o filenames 2>/dev/null
    elif [[ $values == folders ]]; then
        mapfile -t COMPREPLY < <(compgen -d -- "$now")
        compopt -o filenames 2>/dev/null
    elif [[ $values != - ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$now")
    elif [[ $now == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$now")
    else
        mapfile -t COMPREPLY < <(compgen -d -- "$now"; compgen -f -X '!*.py' -- "$now")
        compopt -o filenames 2>/dev/null
    fi
}}
complete -F _concurra_cli {" ".join(_COMMANDS)}
"""


def _bash_values(flags: Iterable[Flag]) -> str:
    rows = (
        f'        {"|".join(flag.names)}) values="{" ".join(flag.choices) or _FILES.get(flag.metavar, "")}" ;;\n'
        for flag in flags
        if flag.metavar
    )
    return "".join(rows)


def _names(flags: Iterable[Flag]) -> str:
    return " ".join(name for flag in flags for name in flag.names)


def _zsh(flags: Flags) -> str:
    verbs = "".join(f"        {_quoted(f'{name}:{does}')}\n" for name, does in VERBS.items())
    cases = "".join(
        f"    {name})\n        _arguments -s \\\n{_zsh_flags(flags[name])}"
        f"            '1:target:_files -g \"*.py\"' ;;\n"
        for name in VERBS
    )
    return f"""\
#compdef {" ".join(_COMMANDS)}
# Completion of {PROGRAM} for zsh: keep this as _{PROGRAM} in a folder of $fpath.
_concurra_cli() {{
    local curcontext="$curcontext" state line
    local -a verbs
    verbs=(
{verbs}    )
    _arguments -C \\
{_zsh_flags(flags[""])}        '1:command:->verb' '*::argument:->rest'
    case $state in
    verb) _describe command verbs ;;
    rest)
        case $words[1] in
{cases}        esac ;;
    esac
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _concurra_cli "$@"
else
    compdef _concurra_cli {" ".join(_COMMANDS)}
fi
"""


def _zsh_flags(flags: Iterable[Flag]) -> str:
    return "".join(
        f"            {_quoted(_zsh_flag(name, flag))} \\\n" for flag in flags for name in flag.names
    )


def _zsh_flag(name: str, flag: Flag) -> str:
    told = flag.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    if not flag.metavar:
        return f"*{name}[{told}]"
    files = {"files": "_files", "folders": "_files -/"}.get(_FILES.get(flag.metavar, ""), " ")
    values = f"({' '.join(flag.choices)})" if flag.choices else files
    return f"*{name}[{told}]:{flag.metavar.replace(':', ' ')}:{values}"


def _fish(flags: Flags) -> str:
    lines = [f"# Completion of {PROGRAM} for fish: keep this as ~/.config/fish/completions/{PROGRAM}.fish"]
    for command in _COMMANDS:
        alone = f"complete -c {command} -n __fish_use_subcommand"
        lines.append(f"complete -c {command} -f")
        lines += [f"{alone} -a {name} -d {_quoted(does)}" for name, does in VERBS.items()]
        lines += [f"{alone} {_fish_flag(flag)}" for flag in flags[""]]
        for name in VERBS:
            inside = f"complete -c {command} -n '__fish_seen_subcommand_from {name}'"
            lines.append(f"{inside} -k -a '(__fish_complete_suffix .py)'")
            lines += [f"{inside} {_fish_flag(flag)}" for flag in flags[name]]
    return "\n".join([*lines, ""])


def _fish_flag(flag: Flag) -> str:
    words = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names]
    if flag.choices:
        words.append(f"-x -a {_quoted(' '.join(flag.choices))}")
    elif flag.metavar:
        words.append("-r -F" if flag.metavar in _FILES else "-x")
    return f"{' '.join(words)} -d {_quoted(flag.help)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


_SCRIPTS: Final = {"bash": _bash, "zsh": _zsh, "fish": _fish}
