//! A server that answers as told, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What the server does with one request.
pub(super) enum Act {
    /// Answers with this status and body.
    Answer(u16, String),
    /// Never answers.
    Hang,
    /// Ends the connection.
    Close,
}

/// Target and body of each request.
type Seen = Arc<Mutex<Vec<(String, serde_json::Value)>>>;

/// A server that acts once for each request, in order, and remembers what it was asked.
pub(super) struct Server {
    pub(super) address: String,
    script: Arc<Mutex<VecDeque<Act>>>,
    requests: Seen,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(super) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let script = Arc::new(Mutex::new(acts.into_iter().collect::<VecDeque<_>>()));
        let requests = Seen::default();
        let mut tasks = JoinSet::new();
        let (acts, seen) = (Arc::clone(&script), Arc::clone(&requests));
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(serve(stream, Arc::clone(&acts), Arc::clone(&seen)));
            }
        });
        Self {
            address,
            script,
            requests,
            _tasks: tasks,
        }
    }

    pub(super) fn requests(&self) -> Vec<(String, serde_json::Value)> {
        self.requests.lock().unwrap().clone()
    }

    /// Adds to the script.
    pub(super) fn then(&self, acts: impl IntoIterator<Item = Act>) {
        self.script.lock().unwrap().extend(acts);
    }
}

async fn serve(mut stream: TcpStream, acts: Arc<Mutex<VecDeque<Act>>>, seen: Seen) {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.unwrap_or_default();
        if count == 0 {
            return;
        }
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= header(head, "content-length").parse().unwrap_or(0)
        {
            break (head.to_owned(), body.to_owned());
        }
    };
    seen.lock().unwrap().push((
        header(&head, "x-amz-target"),
        serde_json::from_str(&body).unwrap_or_default(),
    ));
    let act = acts.lock().unwrap().pop_front().unwrap_or(Act::Close);
    match act {
        Act::Answer(status, body) => {
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status} As-Told\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        Act::Hang => std::future::pending().await,
        Act::Close => {}
    }
}

fn header(head: &str, name: &str) -> String {
    let named = |line: &str| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    };
    head.lines().find_map(named).unwrap_or_default()
}
