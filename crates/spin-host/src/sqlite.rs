//! Implements the interface `spin:sqlite`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Accessor, Destination, FutureReader, HasSelf, Resource, StreamProducer, StreamReader,
    StreamResult,
};

use crate::bindings::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use crate::database::{Connection, Running};
use crate::guest::Guest;

/// The maximum number of database connections that an instance may have open at once, as in Spin.
pub(crate) const MAX_CONNECTIONS: usize = 256;

type Rows = (
    Vec<String>,
    StreamReader<RowResult>,
    FutureReader<Result<(), Error>>,
);

impl Guest {
    fn connection(&self, handle: &Resource<Connection>) -> Result<Connection, Error> {
        self.connections
            .get(handle)
            .cloned()
            .map_err(|_| Error::InvalidConnection)
    }

    fn add(&mut self, connection: Connection) -> Result<Resource<Connection>, Error> {
        self.connections
            .push(connection)
            .map_err(|_| Error::Io("too many connections opened".into()))
    }

    fn close(&mut self, handle: Resource<Connection>) {
        drop(self.connections.delete(handle));
    }
}

impl Host for Guest {}

impl HostConnection for Guest {
    async fn open(&mut self, database: String) -> Result<Resource<Connection>, Error> {
        let connection = Connection::open(self.app.database(&database)?).await?;
        self.add(connection)
    }

    async fn execute(
        &mut self,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        let connection = self.connection(&handle)?;
        connection.execute(statement, parameters).await
    }

    async fn changes(&mut self, handle: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(self.connection(&handle)?.changes().await?)
    }

    async fn last_insert_rowid(&mut self, handle: Resource<Connection>) -> wasmtime::Result<i64> {
        Ok(self.connection(&handle)?.last_insert_rowid().await?)
    }

    async fn drop(&mut self, handle: Resource<Connection>) -> wasmtime::Result<()> {
        self.close(handle);
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasSelf<Guest> {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        database: String,
    ) -> Result<Resource<Connection>, Error> {
        let file = accessor.with(|mut store| store.get().app.database(&database))?;
        let connection = Connection::open(file).await?;
        accessor.with(|mut store| store.get().add(connection))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<Rows, Error> {
        let connection = accessor.with(|mut store| store.get().connection(&handle))?;
        let Running { columns, rows, end } = connection.start(statement, parameters).await;
        accessor
            .with(|mut store| {
                let rows = StreamReader::new(&mut store, RowProducer(rows))?;
                let end = FutureReader::new(&mut store, end)?;
                wasmtime::error::Ok((columns, rows, end))
            })
            .map_err(|error| Error::Io(error.to_string()))
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        let connection = accessor.with(|mut store| store.get().connection(&handle))?;
        Ok(connection.changes().await?)
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        let connection = accessor.with(|mut store| store.get().connection(&handle))?;
        Ok(connection.last_insert_rowid().await?)
    }
}

/// Produces the rows of a statement. Each read by the guest returns one row, as in Spin.
struct RowProducer(mpsc::Receiver<RowResult>);

impl<D> StreamProducer<D> for RowProducer {
    type Item = RowResult;
    type Buffer = Option<RowResult>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let row = self.0.poll_recv(context);
        if finish && row.is_pending() {
            return Poll::Ready(Ok(StreamResult::Cancelled));
        }
        Poll::Ready(Ok(match ready!(row) {
            None => StreamResult::Dropped,
            Some(row) => {
                destination.set_buffer(Some(row));
                StreamResult::Completed
            }
        }))
    }
}
