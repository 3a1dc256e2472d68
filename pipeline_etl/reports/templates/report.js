const root = document.documentElement, theme = document.querySelector("#theme");
const system = () => matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
theme.hidden = false;
theme.addEventListener("click", () => {
  root.dataset.theme = (root.dataset.theme || system()) === "dark" ? "light" : "dark";
});
const sortable = (table) => {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
  const compared = (one, other, isNumber) =>
    isNumber ? Number(one) - Number(other) : one.localeCompare(other, "en", { numeric: true });
  const sort = (head, column) => {
    const isNumber = head.classList.contains("number"), is = head.getAttribute("aria-sort");
    const order = is === "none" ? (isNumber ? "descending" : "ascending") : is === "ascending" ? "descending" : "ascending";
    for (const each of heads) each.setAttribute("aria-sort", each === head ? order : "none");
    const sign = order === "ascending" ? 1 : -1;
    body.append(...[...body.rows].sort((first, second) => {
      const one = key(first, column), other = key(second, column);
      if (one === "" || other === "") return (one === "") - (other === "");
      return sign * compared(one, other, isNumber);
    }));
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sort(head, column));
  });
};
for (const table of document.querySelectorAll("table.rows")) if (table.tBodies[0].rows.length > 1) sortable(table);
