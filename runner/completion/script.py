"""The scripts that teach a shell to ask: each hands the line over as far as it is typed, and shows what comes back."""

BASH = """\
# eval "$(runner completion bash)"
_runner() {
    local word
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <("$1" completion bash --line "${COMP_LINE:0:COMP_POINT}" --breaks "$COMP_WORDBREAKS" 2>/dev/null)
}
complete -o nospace -F _runner runner
"""

ZSH = """\
#compdef runner
# eval "$(runner completion zsh)", after compinit; or a file _runner in a folder of $fpath
_runner() {
    local word about
    local -a begun begun_about whole whole_about
    while IFS=$'\\t' read -r word about; do
        if [[ $word == *[=./,\\[] ]]; then
            begun+=("$word") begun_about+=("$word${about:+  $about}")
        else
            whole+=("$word") whole_about+=("$word${about:+  $about}")
        fi
    done < <("${(Q)words[1]}" completion zsh --line "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)
    (( $#begun )) && compadd -S '' -l -d begun_about -a begun
    (( $#whole )) && compadd -l -d whole_about -a whole
    (( $#begun + $#whole ))
}
if [ "$funcstack[1]" = _runner ]; then _runner "$@"; else compdef _runner runner; fi
"""

FISH = """\
# runner completion fish | source
function __runner_complete
    set -l line (commandline -cp)
    runner completion fish --line "$line" 2>/dev/null
end
complete -c runner -e
complete -c runner -f -k -a '(__runner_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
