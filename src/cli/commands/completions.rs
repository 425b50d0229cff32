//! `ufsync completions`

use clap::Args;
use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::cli::args::complete::ASKED;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;

/// bash breaks words at `@`, `:` and `=` too: they are put together before they are completed, and what bash has already is left
/// out of the answer. bash expands what it is answered, and puts it on the line as it is: names of files are put in quotes where
/// they have characters on which it would act.
const BASH_WORDS: &str = r#"
_ufsync() {
    local line=${COMP_LINE:0:COMP_POINT} word=$2 had_globs=true known= index
    local -a COMP_WORDS
    read -a COMP_WORDS <<< "$line"
    if [[ $line == *[[:space:]] && $line != *\\[[:space:]] ]]; then COMP_WORDS+=(""); fi
    local COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    local whole=${COMP_WORDS[COMP_CWORD]}
    if [[ $- == *f* ]]; then had_globs=false; fi
    set -f
    _clap_complete_ufsync "$1" "$whole" "$3"
    if [[ $had_globs == true ]]; then set +f; fi
    if [[ $whole == *"$word" ]]; then known=${whole%"$word"}; fi
    for index in "${!COMPREPLY[@]}"; do
        local answer=${COMPREPLY[index]#"$known"} end=
        if [[ $answer == *" " ]]; then end=" " answer=${answer% }; fi
        if [[ $answer == *[!A-Za-z0-9@._+/:=%,-]* ]]; then printf -v answer %q "$answer"; fi
        COMPREPLY[index]=$answer$end
    done
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _ufsync ufsync
else
    complete -o nospace -o bashdefault -F _ufsync ufsync
fi
"#;

/// Print a completion script for a shell
///
/// It completes commands and options, and users, tenants, roles and groups of the manifest.
///
/// In ~/.bashrc:
///   source <(ufsync completions bash)
/// In ~/.zshrc, below `compinit`:
///   source <(ufsync completions zsh)
/// Once, for fish:
///   ufsync completions fish > ~/.config/fish/completions/ufsync.fish
/// In ~/.config/elvish/rc.elv:
///   eval (ufsync completions elvish | slurp)
/// In $PROFILE of PowerShell:
///   ufsync completions powershell | Out-String | Invoke-Expression
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    ui.result(|out| {
        let name = args.shell.to_string();
        if let Some(shell) = Shells::builtins().completer(&name) {
            shell.write_registration(ASKED, "ufsync", "ufsync", "ufsync", out)?;
        }
        if args.shell == Shell::Bash {
            out.write_all(BASH_WORDS.as_bytes())?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
