package cli

import "fmt"

// completionScripts are the scripts by shell. They have completeCommand complete the last word, or the shell complete the name of a file if
// that knows nothing.
var completionScripts = map[string]string{
	"bash": `_gateway() { mapfile -t COMPREPLY < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}"); }
complete -o default -F _gateway gateway
`,
	"zsh": `#compdef gateway
_gateway() {
  local -a found=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}")}")
  [[ -n "$found" ]] && compadd -- "${found[@]}" || _files
}
compdef _gateway gateway
`,
	"fish": `function __gateway_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] complete -- $words[2..])
  if set -q found[1]
    printf '%s\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c gateway -f -a '(__gateway_complete)'
`,
}

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the script of a shell.
func (c completionCommand) Run(p process) error {
	_, err := fmt.Fprint(p.stdout, completionScripts[c.Shell])
	return err
}
