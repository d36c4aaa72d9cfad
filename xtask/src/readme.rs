//! The two commands that README.md opens with.
//!
//! In: its text. Out: the command of the main job and the command of the tests, without their
//! comments. CI runs the second one as it stands there, so that what a reader is told to type is
//! what is tested.

/// What README.md tells a newcomer to type.
#[derive(PartialEq, Eq, Debug)]
pub struct Commands {
    /// Runs the main job.
    pub main_job: String,
    /// Runs the tests.
    pub tests: String,
}

/// Reads the commands from the first block of shell commands.
///
/// # Errors
/// The first block of code is not one of shell with exactly two commands.
pub fn commands(text: &str) -> Result<Commands, String> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("```"));
    if lines.next() != Some("```sh") {
        return Err("README.md: the first block of code must be one of sh".to_owned());
    }
    let lines = lines.take_while(|line| !line.starts_with("```"));
    let found: Vec<&str> = lines
        .map(|line| line.split_once(" #").map_or(line, |(command, _)| command).trim())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    match found[..] {
        [main_job, tests] => {
            Ok(Commands { main_job: main_job.to_owned(), tests: tests.to_owned() })
        }
        _ => Err(format!("README.md: two commands in its first block, not {}", found.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Commands, commands};

    #[test]
    fn two_commands_with_comments() {
        let text =
            "# Title\n\n```sh\n# First\nrun me    # the job\n\ntest me\n```\n```sh\nx\n```\n";
        let expect = Commands { main_job: "run me".to_owned(), tests: "test me".to_owned() };
        assert_eq!(commands(text), Ok(expect));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "```sh\none\n```\n", "```sh\n1\n2\n3\n```\n", "```text\na\nb\n```\n"] {
            assert!(commands(text).is_err(), "{text:?}");
        }
    }
}
