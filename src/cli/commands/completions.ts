/**
 * `workflowy completions SHELL`.
 *
 * @module
 */

import { type CliContext, CliError } from "../context.ts";
import { didYouMean } from "../suggest.ts";

/** Each asks this program, and falls back to the names of files. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_workflowy() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(workflowy __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _workflowy workflowy
`,
  zsh: `_workflowy() {
  local -a lines
  local line
  for line in "\${(@f)$(workflowy __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && lines+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#lines )); then _describe workflowy lines; else _files; fi
}
compdef _workflowy workflowy
`,
  fish: `function __workflowy_complete
  set -l words (commandline -opc) (commandline -ct)
  workflowy __complete $words[2..-1] 2>/dev/null
end
complete -c workflowy -a '(__workflowy_complete)'
`,
};

/** Prints the script for a shell. */
export function completions(this: CliContext, _flags: unknown, shell: string): void {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    const known = Object.keys(SCRIPTS);
    throw new CliError(`There are completions for ${known.join(", ")}, not for "${shell}"${didYouMean(shell, known)}`);
  }
  this.process.stdout.write(script);
}
