// Package api is the service over HTTP.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/hosting/web"
)

// Orders answers the requests under /orders. Each of its handlers reads the request,
// then calls a unit of work, then answers: no transaction waits for a slow client, and
// nothing is promised before it is committed.
type Orders struct {
	place orders.Place
	find  orders.Find
	list  orders.List
}

// NewOrders returns the handlers.
func NewOrders(place orders.Place, find orders.Find, list orders.List) *Orders {
	return &Orders{place, find, list}
}

// Place answers POST /orders.
func (h *Orders) Place(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	var body struct {
		ID    string `json:"id"`
		Buyer string `json:"buyer"`
		Lines []line `json:"lines"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	draft := orders.Draft{ID: body.ID, Buyer: body.Buyer}
	for _, l := range body.Lines {
		draft.Lines = append(draft.Lines, orders.Line(l))
	}
	order, err := orders.New(draft)
	if err != nil {
		return err
	}
	order, err = h.place(ctx, order)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/orders/"+order.ID)
	return write(w, http.StatusCreated, show(order))
}

// Get answers GET /orders/{id}.
func (h *Orders) Get(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	order, err := h.find(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, show(order))
}

// List answers GET /orders?page_size=20&after=ID.
func (h *Orders) List(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	const most = 100
	page := orders.Page{Size: 20, After: r.FormValue("after")}
	if text := r.FormValue("page_size"); text != "" {
		size, err := strconv.Atoi(text)
		if err != nil || size < 1 || size > most {
			return badRequest(fmt.Errorf("page_size must be 1 to %d", most))
		}
		page.Size = size
	}
	found, err := h.list(ctx, page)
	if err != nil {
		return err
	}
	answer := orderList{Orders: []order{}}
	for _, o := range found {
		answer.Orders = append(answer.Orders, show(o))
	}
	if len(found) == page.Size {
		answer.Next = fmt.Sprintf("/orders?page_size=%d&after=%s", page.Size, found[len(found)-1].ID)
	}
	return write(w, http.StatusOK, answer)
}

type (
	order struct {
		ID       string        `json:"id"`
		Buyer    string        `json:"buyer"`
		Lines    []line        `json:"lines"`
		Total    int           `json:"total"` // in cents
		Status   orders.Status `json:"status"`
		PlacedAt time.Time     `json:"placed_at"`
	}
	line struct {
		Product string `json:"product"`
		Units   int    `json:"units"`
		Price   int    `json:"price"` // of one unit, in cents
	}
	orderList struct {
		Orders []order `json:"orders"`
		Next   string  `json:"next,omitempty"` // the next page, if there may be one
	}
)

func show(o orders.Order) order {
	lines := make([]line, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = line(l)
	}
	return order{o.ID, o.Buyer, lines, o.Total(), o.Status, o.PlacedAt}
}

// read takes exactly one JSON object from a request.
func read(r *http.Request, body any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err // web answers 413
	}
	if err != nil {
		return badRequest(err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return badRequest(errors.New("body must be one JSON object"))
	}
	return nil
}

func write(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

func badRequest(err error) error {
	return &web.Error{Status: http.StatusBadRequest, Title: "bad request", Detail: err.Error(), Err: err}
}
