// A client with the artifacts of Relay's compiler. React renders the components without a browser.

import { type ReactNode, Suspense } from "react";
import { graphql, RelayEnvironmentProvider, useLazyLoadQuery, usePaginationFragment, useRefetchableFragment } from "react-relay";
import { act, create, type ReactTestRenderer } from "react-test-renderer";
import { commitMutation, Environment, Network, RecordSource, Store } from "relay-runtime";
import type { relay_author$key } from "../build/relay/relay_author.graphql";
import type { relay_authors$key } from "../build/relay/relay_authors.graphql";
import type { relayAddMutation } from "../build/relay/relayAddMutation.graphql";
import type { relayAuthorQuery } from "../build/relay/relayAuthorQuery.graphql";
import type { relayAuthorsQuery } from "../build/relay/relayAuthorsQuery.graphql";
import type { relayPageQuery } from "../build/relay/relayPageQuery.graphql";
import type { relayRefetchQuery } from "../build/relay/relayRefetchQuery.graphql";
import { send, type Server } from "./server";

/** Creates an environment with an empty store. */
export function connect(server: Server): Environment {
  const network = Network.create(async ({ text }, variables) => {
    const { data, errors } = await send(server, text ?? "", variables);
    if (errors || !data) throw new Error(JSON.stringify(errors));
    return { data };
  });
  return new Environment({ network, store: new Store(new RecordSource()) });
}

/** Renders a component, and waits until it has its data. */
async function render(environment: Environment, component: ReactNode, isLoaded: () => boolean): Promise<ReactTestRenderer> {
  let root: ReactTestRenderer | undefined;
  while (!root || !isLoaded()) {
    await act(async () => {
      root ??= create(
        <RelayEnvironmentProvider environment={environment}>
          <Suspense fallback="loading">{component}</Suspense>
        </RelayEnvironmentProvider>,
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
  }
  return root;
}

/** Returns the rendered texts. */
const texts = (root: ReactTestRenderer) => [root.toJSON()].flat().map(String);

/** Calls a function of a hook, and waits until its request has ended and the components are updated. */
const settled = (call: (onComplete: (error: Error | null) => void) => unknown) =>
  act(() => new Promise<void>((resolve, reject) => void call((error) => (error ? reject(error) : resolve()))));

function useAuthors(authors: relay_authors$key) {
  return usePaginationFragment<relayPageQuery, relay_authors$key>(
    graphql`
      fragment relay_authors on Query
      @argumentDefinitions(first: { type: "Int" }, after: { type: "String" })
      @refetchable(queryName: "relayPageQuery") {
        authors(first: $first, after: $after) @connection(key: "relay_authors") {
          edges {
            node {
              name
            }
          }
        }
      }
    `,
    authors,
  );
}

/** Renders a list of the authors, and loads page after page. Returns the rendered names after each page. */
export async function pages(environment: Environment, first: number): Promise<string[][]> {
  let list: ReturnType<typeof useAuthors> | undefined;
  function Authors({ authors }: { authors: relay_authors$key }) {
    list = useAuthors(authors);
    // @ts-expect-error: the fragment does not select the books
    void list.data.authors.edges[0]?.node.books;
    return list.data.authors.edges.map(({ node }) => node.name);
  }
  function Page() {
    const query = graphql`
      query relayAuthorsQuery($first: Int!) {
        ...relay_authors @arguments(first: $first)
      }
    `;
    return <Authors authors={useLazyLoadQuery<relayAuthorsQuery>(query, { first })} />;
  }
  const root = await render(environment, <Page />, () => !!list);
  const rendered = [texts(root)];
  while (list?.hasNext) {
    await settled((onComplete) => list?.loadNext(first, { onComplete }));
    rendered.push(texts(root));
  }
  root.unmount();
  return rendered;
}

function useAuthor(author: relay_author$key) {
  return useRefetchableFragment<relayRefetchQuery, relay_author$key>(
    graphql`
      fragment relay_author on Author @refetchable(queryName: "relayRefetchQuery") {
        books {
          title
        }
      }
    `,
    author,
  );
}

/** Renders the titles of an author's books. The titles change with the store. */
export async function watch(environment: Environment, id: string) {
  let refetch: ReturnType<typeof useAuthor>[1] | undefined;
  function Titles({ author }: { author: relay_author$key }) {
    const [data, fetchAgain] = useAuthor(author);
    refetch = fetchAgain;
    return data.books.map(({ title }) => title);
  }
  function Author() {
    const query = graphql`
      query relayAuthorQuery($id: ID!) {
        author(id: $id) {
          ...relay_author
        }
      }
    `;
    const { author } = useLazyLoadQuery<relayAuthorQuery>(query, { id });
    return author ? <Titles author={author} /> : null;
  }
  const root = await render(environment, <Author />, () => !!refetch);
  return {
    titles: () => texts(root),
    refetch: () => settled((onComplete) => refetch?.({}, { fetchPolicy: "network-only", onComplete })),
    stop: () => root.unmount(),
  };
}

/** Adds a book. The response also contains the books of the author, which change in the store. */
export async function add(environment: Environment, book: relayAddMutation["variables"]["book"]): Promise<string | undefined> {
  let id: string | undefined;
  await settled((onComplete) =>
    commitMutation<relayAddMutation>(environment, {
      mutation: graphql`
        mutation relayAddMutation($book: NewBook!) {
          addBook(book: $book) {
            id
            author {
              ...relay_author
            }
          }
        }
      `,
      variables: { book },
      onCompleted({ addBook }) {
        id = addBook.id;
        onComplete(null);
      },
      onError: onComplete,
    }),
  );
  return id;
}
