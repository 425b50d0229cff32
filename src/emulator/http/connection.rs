//! Connections that can be cut. In: a listening socket. Out: connections that carry bytes until a
//! request on them cuts them. Main types: [`Listener`], and [`Line`], the end that a request holds.
//!
//! A service can't tell its HTTP library to give no answer at all. So the request cuts the line, and
//! the connection then refuses to carry whatever would have been said: the library drops it.

use crate::emulator::http::app::App;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// How a connection ends before its time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// It is closed; what was sent before arrives.
    Close,
    /// It is reset, as by a machine that has forgotten it.
    Reset,
}

/// The connection that a request came by. With HTTP/2 other requests may be under way on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Arc<OnceLock<Cut>>);

impl Line {
    /// Stops all traffic on the connection. It ends when something is next to be sent.
    pub(crate) fn cut(&self, cut: Cut) {
        // The first cut is the one that counts.
        self.0.get_or_init(|| cut);
    }
}

/// A socket that gives out [`Connection`]s.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    /// Where they are counted.
    pub(crate) app: Arc<App>,
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (socket, address) = axum::serve::Listener::accept(&mut self.socket).await;
        self.app.connections.fetch_add(1, Ordering::Relaxed);
        // Small answers must not wait for one another.
        drop(socket.set_nodelay(true));
        let line = Line::default();
        (Connection { socket, line }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Line {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().line.clone()
    }
}

/// A connection to one client.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: TcpStream,
    line: Line,
}

impl Connection {
    /// The socket, unless the line is cut.
    fn open(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        match self.line.0.get() {
            None => Ok(Pin::new(&mut self.socket)),
            Some(Cut::Close) => Err(ErrorKind::ConnectionAborted.into()),
            Some(Cut::Reset) => {
                self.socket.set_zero_linger()?;
                Err(ErrorKind::ConnectionReset.into())
            }
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.open()?.poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.open()?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.open()?.poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open()?.poll_shutdown(cx)
    }
}
