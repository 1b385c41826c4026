// A client with the types that GraphQL Code Generator derives from the documents.

import { graphql } from "../build/codegen";
import type { NewBook, TypedDocumentString } from "../build/codegen/graphql";
import { send, type Server } from "./server";

async function execute<R, V extends Record<string, unknown>>(server: Server, document: TypedDocumentString<R, V>, variables: V): Promise<R> {
  const { data, errors } = await send(server, document.toString(), variables);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data as R;
}

const PAGE = graphql(`
  query Page($first: Int!, $after: String) {
    authors(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** Returns the authors on each page. */
export async function pages(server: Server, first: number): Promise<{ id: string; name: string }[][]> {
  const pages = [];
  let after: string | null | undefined;
  do {
    const { authors } = await execute(server, PAGE, { first, after });
    pages.push(authors.edges.map(({ node }) => node));
    after = authors.pageInfo.hasNextPage ? authors.pageInfo.endCursor : null;
  } while (after);
  return pages;
}

const OBJECT = graphql(`
  query Object($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Author {
        name
        books {
          id
          title
        }
      }
      ... on Book {
        title
        author {
          name
        }
      }
    }
  }
`);

/** Describes the object with an id. */
export async function describe(server: Server, id: string): Promise<string> {
  const { node } = await execute(server, OBJECT, { id });
  if (!node) return "nothing";
  // @ts-expect-error: only an author has a name
  void node.name;
  if (node.__typename === "Book") return `${node.title} by ${node.author?.name}`;
  return `${node.name}: ${node.books.map(({ title }) => title).join(", ")}`;
}

const ADD = graphql(`
  mutation Add($book: NewBook!) {
    addBook(book: $book) {
      id
      pages
    }
  }
`);

/** Adds a book, and returns its id and its number of pages. */
export async function add(server: Server, book: NewBook): Promise<{ id: string; pages: number }> {
  return (await execute(server, ADD, { book })).addBook;
}

const IMPORT = graphql(`
  mutation Import($author: ID!, $file: Upload!) {
    importBooks(authorId: $author, file: $file)
  }
`);

/** Adds the books of a file, and returns their number. */
export async function importBooks(server: Server, author: string, lines: string[]): Promise<number> {
  const file = new Blob([lines.join("\n")], { type: "text/plain" });
  return (await execute(server, IMPORT, { author, file })).importBooks;
}
