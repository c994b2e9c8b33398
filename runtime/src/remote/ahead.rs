//! Threads that read ahead: they mostly wait for servers, so there are more of them than one needs to compute.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Requests under way at once.
const THREADS: usize = 6;

/// Something to be done.
pub type Task = Box<dyn FnOnce() + Send>;

/// The threads, begun with the first task; they end when this is dropped and their last task is done.
#[derive(Default)]
pub struct Ahead {
    tasks: OnceLock<Mutex<Sender<Task>>>,
}

impl std::fmt::Debug for Ahead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ahead")
    }
}

impl Ahead {
    /// Does something soon. In a system without threads, now.
    pub fn run(&self, task: Task) {
        let tasks = self.tasks.get_or_init(|| Mutex::new(begin()));
        let sent = tasks.lock().unwrap_or_else(PoisonError::into_inner).send(task);
        if let Err(unsent) = sent {
            (unsent.0)();
        }
    }
}

fn begin() -> Sender<Task> {
    let (sender, receiver) = channel::<Task>();
    let receiver = Arc::new(Mutex::new(receiver));
    for number in 0..THREADS {
        let receiver = receiver.clone();
        let name = format!("read ahead {number}");
        let _ = std::thread::Builder::new().name(name).spawn(move || work(&receiver));
    }
    sender
}

fn work(tasks: &Mutex<Receiver<Task>>) {
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match task {
            Ok(task) => task(),
            Err(_) => return,
        }
    }
}
