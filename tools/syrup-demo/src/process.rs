//! The load generator as a child process.
//!
//! In: a plan. Out: its outcome, or why there is none. The child never outlives this process:
//! dropping the value kills it, and the kernel does so when this process is killed.

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
    time::Duration,
};

use crate::{
    error::Error,
    loadgen::{Outcome, Plan},
    options::LoadgenCommand,
};

/// How often the waiting thread looks after the child, and its caller after anything else.
const LOOK: Duration = Duration::from_millis(50);

/// A running load generator.
pub(crate) struct LoadgenProcess {
    child: Child,
    /// Reads what the child writes, so that a full pipe cannot stop it.
    output: Option<JoinHandle<std::io::Result<String>>>,
}

impl LoadgenProcess {
    /// Starts the child and hands it the plan.
    ///
    /// The calling thread must live until the child has ended: the kernel takes the end of the
    /// thread that forked for the end of the parent (prctl(2), PR_SET_PDEATHSIG).
    pub(crate) fn start(command: &LoadgenCommand, plan: &Plan) -> Result<Self, Error> {
        let text = serde_json::to_string(plan)
            .map_err(|error| Error::Loadgen(format!("its plan cannot be written: {error}")))?;
        let mut child = Command::new(&command.program)
            .args(&command.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| Error::Loadgen(format!("it cannot be started: {error}")))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut process = Self { child, output: None };
        if let Some(mut stdout) = stdout {
            process.output = Some(std::thread::spawn(move || {
                let mut text = String::new();
                stdout.read_to_string(&mut text).map(|_| text)
            }));
        }
        if let Some(mut stdin) = stdin {
            stdin
                .write_all(text.as_bytes())
                .map_err(|error| Error::Loadgen(format!("it does not read its plan: {error}")))?;
        }
        Ok(process)
    }

    /// Waits for the outcome; `look` is called now and then and may end the wait.
    pub(crate) fn wait(
        mut self,
        mut look: impl FnMut() -> Result<(), Error>,
    ) -> Result<Outcome, Error> {
        let failed = Error::Loadgen;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => std::thread::sleep(LOOK),
                Err(error) => return Err(failed(format!("it cannot be waited for: {error}"))),
            }
            look()?;
        };
        let output = self.output.take().map(JoinHandle::join);
        let Some(Ok(Ok(text))) = output else {
            return Err(failed(format!("its outcome was not read; it ended with {status}")));
        };
        match serde_json::from_str::<Result<Outcome, String>>(&text) {
            Ok(outcome) => outcome.map_err(failed),
            Err(_) => Err(failed(format!("it told no outcome; it ended with {status}"))),
        }
    }
}

impl Drop for LoadgenProcess {
    fn drop(&mut self) {
        // Both fail only for a child that has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
