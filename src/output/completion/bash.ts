import type { CompletionModel } from "../../args/completion_model.ts";
import { formatCases, formatSources, quoteWord } from "./case_tables.ts";
import { listPlaceVerbs } from "./list_place_verbs.ts";

/**
 * The script for bash. It keeps to what bash 3.2 has, macOS's, and needs nothing of the
 * bash-completion package. No answer of porthole's is ever expanded by the shell, as `compgen -W`
 * would do.
 */
export function formatBash(model: CompletionModel): string {
  const placeFlags = model.passed.join(" | ");
  const placeVerbs = listPlaceVerbs(model).join(" | ") || "''";
  return `# Completes porthole's command lines in bash. Made by "porthole completion bash".

# Sets flags: those of the verb $1.
_porthole_flags() {
  case $1 in
${
    formatCases(
      model.verbs.map(({ name, flags }) =>
        [
          [name === "" ? "*" : name],
          `flags=${quoteWord(flags.flatMap(({ names }) => names).join(" "))}`,
        ] as const
      ).toReversed(),
    )
  }
  esac
}

${formatSources(model)}

# Offers $1. What stands before the last "=" or ":" is no part of what bash replaces.
_porthole_offer() {
  [[ $1 == "$current"* ]] && COMPREPLY+=("\${1#"$stem"}")
}

# Offers what porthole answers to the words from $3 on, between the texts $1 and $2; a cluster goes on after its "/".
_porthole_ask() {
  local before=$1 after=$2 answer value rest
  shift 2
  answer=$(command porthole __complete "$@" \${passed[@]+"\${passed[@]}"} </dev/null 2>/dev/null)
  while IFS=$'\\t' read -r value rest; do
    if [[ $value && $value != *[!A-Za-z0-9._/-]* ]]; then
      [[ $value == */ ]] || value+=$after
      _porthole_offer "$before$value"
    fi
  done <<<"$answer"
}

_porthole() {
  local IFS=$' \\t\\n'
  COMPREPLY=()

  # bash takes words apart at "=" and ":"; what stands together belongs together.
  local -a words=()
  local line=\${COMP_LINE:0:COMP_POINT} part gap
  line=\${line#*"\${COMP_WORDS[0]}"}
  for part in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    gap=\${line%%[![:space:]]*}
    line=\${line#"$gap"}
    [[ $line == "$part"* ]] || part=$line
    line=\${line#"$part"}
    if [[ $gap ]] || ((\${#words[@]} == 0)); then
      words+=("$part")
    else
      words[\${#words[@]} - 1]+=$part
    fi
  done
  ((\${#words[@]})) || return 0
  local current=\${words[\${#words[@]} - 1]}

  # What has been typed before it.
  local -a passed=()
  local verb='' target='' flag='' source='' flags='' word letters index
  for ((index = 0; index < \${#words[@]} - 1; index++)); do
    word=\${words[index]}
    if [[ $word == -- ]]; then
      return 0
    elif [[ $flag ]]; then
      case $flag in
        ${placeFlags}) passed+=("$flag" "$word") ;;
      esac
      flag=
    elif [[ $word == -*=* ]]; then
      case \${word%%=*} in
        ${placeFlags}) passed+=("$word") ;;
      esac
    elif [[ $word == --* ]]; then
      _porthole_value "$verb" "$word" && flag=$word
    elif [[ $word == -* ]]; then
      for ((letters = 1; letters < \${#word}; letters++)); do
        if _porthole_value "$verb" "-\${word:letters:1}"; then
          ((letters == \${#word} - 1)) && flag=-\${word:letters:1}
          break
        fi
      done
    elif [[ ! $verb ]]; then
      verb=$word
    else
      case $verb in
        ${placeVerbs}) [[ $word == [!./]*:* ]] && target=\${word%%:*} ;;
        *) [[ $target ]] || target=$word ;;
      esac
    fi
  done

  local lead=''
  if [[ $flag ]]; then
    _porthole_value "$verb" "$flag"
  elif [[ $current == -*=* ]]; then
    lead=\${current%%=*}=
    _porthole_value "$verb" "\${current%%=*}" || source='words true false'
  elif [[ $current == -* ]]; then
    _porthole_flags "$verb"
    source="words $flags"
  else
    _porthole_operand "$verb"
    [[ $target && $source != places ]] && source=none
  fi

  local stem='' ends
  for ends in = :; do
    if [[ $COMP_WORDBREAKS == *$ends* && $current == *$ends* ]]; then
      part=\${current%"\${current##*"$ends"}"}
      ((\${#part} > \${#stem})) && stem=$part
    fi
  done

  case $source in
    '' | none) ;;
    files)
      # Nothing of ours: readline itself does it best, if it can be told to.
      if ! compopt -o default 2>/dev/null; then
        while read -r word; do
          _porthole_offer "$lead$word"
        done < <(compgen -f -- "\${current#"$lead"}")
      fi
      ;;
    words*)
      for word in \${source#words}; do
        _porthole_offer "$lead$word"
      done
      ;;
    places)
      # What follows a TARGET is in the container.
      [[ $current == [!./]*:* || $current == :* ]] && return 0
      while IFS= read -r word; do
        [[ -d $word ]] && word+=/
        printf -v word %q "$word"
        _porthole_offer "$word"
      done < <(compgen -f -- "$current")
      [[ $current == [./]* ]] || _porthole_ask '' : targets "$current"
      compopt -o nospace 2>/dev/null
      ;;
    targets)
      _porthole_ask '' '' targets "$current"
      [[ \${COMPREPLY[*]} == */ ]] && compopt -o nospace 2>/dev/null
      ;;
    *)
      _porthole_ask "$lead" '' "$source" \${target:+"$target"}
      ;;
  esac
  return 0
}

complete -F _porthole porthole
`;
}
