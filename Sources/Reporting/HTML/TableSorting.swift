/// The page's only script: a click on a header sorts the table by that column. The page is whole without it.
enum TableSorting {
  static let script = """
    for (const table of document.querySelectorAll("table.sortable")) {
      table.querySelectorAll("thead th").forEach((header, column) => {
        const button = document.createElement("button");
        button.textContent = header.textContent;
        header.replaceChildren(button);
        button.addEventListener("click", () => {
          const down = header.getAttribute("aria-sort") === "ascending";
          table.querySelectorAll("thead th").forEach(other => other.removeAttribute("aria-sort"));
          header.setAttribute("aria-sort", down ? "descending" : "ascending");
          const key = row => {
            const cell = row.cells[column];
            const order = cell.dataset.order;
            return order === undefined ? cell.textContent : Number(order);
          };
          const sign = down ? -1 : 1;
          const body = table.tBodies[0];
          const rows = [...body.rows].sort((a, b) => {
            const x = key(a), y = key(b);
            const numbers = typeof x === "number" && typeof y === "number";
            return sign * (numbers ? x - y : String(x).localeCompare(String(y), "en", { numeric: true }));
          });
          body.append(...rows);
        });
      });
    }
    addEventListener("beforeprint", () => {
      document.querySelectorAll("details").forEach(part => { part.open = true; });
    });
    """
}
